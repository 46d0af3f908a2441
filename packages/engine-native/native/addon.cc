// What JavaScript sees of the engine. Every function checks the lengths of its arrays against the sizes it is given, so
// that no caller's mistake reads or writes outside of them.
#include <node_api.h>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include "arguments.h"
#include "arrays.h"
#include "blocks.h"

namespace unfold {
namespace {

/** Throws what a function throws as a RangeError of JavaScript. */
template <napi_value (*function)(napi_env, napi_callback_info)>
napi_value guarded(napi_env env, napi_callback_info info) {
  try {
    return function(env, info);
  } catch (const std::exception& error) {
    napi_throw_range_error(env, nullptr, error.what());
    return nullptr;
  }
}

napi_value numberValue(napi_env env, double value) {
  napi_value result;
  napi_create_double(env, value, &result);
  return result;
}

napi_value booleanValue(napi_env env, bool value) {
  napi_value result;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value textValue(napi_env env, const char* text) {
  napi_value result;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

/** unary(operation, x, y) */
napi_value unaryCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  const auto operation = arguments.operation<Unary>();
  const auto x = arguments.array<float>();
  unary(arguments.context(), operation, x.size, x.data, arguments.array<float>(x.size));
  return nullptr;
}

Spread spreadOf(Arguments& arguments) {
  Spread spread;
  spread.shape = arguments.list();
  spread.aSteps = arguments.list();
  spread.bSteps = arguments.list();
  return spread;
}

Array<const float> constant(Array<float> array) { return {array.data, array.size}; }

/** binary(operation, shape, aSteps, bSteps, a, b, y) */
napi_value binaryCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const auto operation = arguments.operation<Binary>();
  const Spread spread = spreadOf(arguments);
  const auto a = constant(arguments.array<float>()), b = constant(arguments.array<float>());
  binary(arguments.context(), operation, spread, a, b, arguments.array<float>());
  return nullptr;
}

/** compare(operation, shape, aSteps, bSteps, a, b, y) */
napi_value compareCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const auto operation = arguments.operation<Comparison>();
  const Spread spread = spreadOf(arguments);
  const auto a = constant(arguments.array<float>()), b = constant(arguments.array<float>());
  compare(arguments.context(), operation, spread, a, b, arguments.array<uint8_t>());
  return nullptr;
}

/** select(condition, yes, no, y) */
napi_value selectCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  const auto condition = arguments.array<uint8_t>();
  const float* yes = arguments.array<float>(condition.size);
  const float* no = arguments.array<float>(condition.size);
  select(arguments.context(), condition.size, condition.data, yes, no, arguments.array<float>(condition.size));
  return nullptr;
}

/** fill(value, y) */
napi_value fillCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  const double value = arguments.number();
  if (arguments.isNext<int32_t>()) {
    const auto y = arguments.array<int32_t>();
    if (!(value >= INT32_MIN && value <= INT32_MAX)) throw Invalid("invalid value: no whole number of 32 bits");
    fill(arguments.context(), static_cast<int32_t>(value), y.size, y.data);
  } else {
    const auto y = arguments.array<float>();
    fill(arguments.context(), static_cast<float>(value), y.size, y.data);
  }
  return nullptr;
}

/** convert(x, y) */
napi_value convertCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 2);
  if (arguments.isNext<uint8_t>()) {
    const auto x = arguments.array<uint8_t>();
    convert(arguments.context(), x.size, x.data, arguments.array<float>(x.size));
  } else {
    const auto x = arguments.array<int32_t>();
    convert(arguments.context(), x.size, x.data, arguments.array<float>(x.size));
  }
  return nullptr;
}

/** reduce(operation, outer, reduced, inner, scale, x, y) */
napi_value reduceCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  const auto operation = arguments.operation<Reduction>();
  ReducedSizes sizes;
  sizes.outer = arguments.size();
  sizes.reduced = arguments.size();
  sizes.inner = arguments.size();
  const double scale = arguments.number();
  const float* x = arguments.array<float>({sizes.outer, sizes.reduced, sizes.inner});
  reduce(arguments.context(), operation, sizes, scale, x, arguments.array<float>({sizes.outer, sizes.inner}));
  return nullptr;
}

/** whereLeast(rows, columns, x, y) */
napi_value whereLeastCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  const long rows = arguments.size(), columns = arguments.size();
  const float* x = arguments.array<float>({rows, columns});
  whereLeast(arguments.context(), rows, columns, x, arguments.array<int32_t>(rows));
  return nullptr;
}

/** oneHot(depth, on, off, indices, y) */
napi_value oneHotCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  const long depth = arguments.size();
  const auto on = static_cast<float>(arguments.number()), off = static_cast<float>(arguments.number());
  const auto indices = arguments.array<int32_t>();
  float* y = arguments.array<float>({indices.size, depth});
  oneHot(arguments.context(), depth, on, off, {indices.data, indices.size}, y);
  return nullptr;
}

/** softmax(rows, columns, x, y) */
napi_value softmaxCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 4);
  const long rows = arguments.size(), columns = arguments.size();
  const float* x = arguments.array<float>({rows, columns});
  softmax(arguments.context(), rows, columns, x, arguments.array<float>({rows, columns}));
  return nullptr;
}

/** copy(shape, fromStart, fromSteps, from, toStart, toSteps, to) */
napi_value copyCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 7);
  StridedCopy how;
  how.shape = arguments.list();
  how.fromStart = arguments.size();
  how.fromSteps = arguments.list();
  const auto from = arguments.words();
  how.toStart = arguments.size();
  how.toSteps = arguments.list();
  copy(arguments.context(), how, {from.data, from.size}, arguments.words());
  return nullptr;
}

/** gather(outer, rows, inner, indices, x, y) */
napi_value gatherCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 6);
  const long outer = arguments.size(), rows = arguments.size(), inner = arguments.size();
  const auto indices = arguments.array<int32_t>();
  const uint32_t* x = arguments.words({outer, rows, inner});
  uint32_t* y = arguments.words({outer, indices.size, inner});
  gather(arguments.context(), outer, rows, inner, x, {indices.data, indices.size}, y);
  return nullptr;
}

/** segmentSum(segments, inner, ids, x, y) */
napi_value segmentSumCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 5);
  const long segments = arguments.size(), inner = arguments.size();
  const auto ids = arguments.array<int32_t>();
  const float* x = arguments.array<float>({ids.size, inner});
  segmentSum(arguments.context(), segments, inner, x, {ids.data, ids.size}, arguments.array<float>({segments, inner}));
  return nullptr;
}

/** matrixProduct(batch, rows, columns, inner, shareA, shareB, transposeA, transposeB, a, b, c) */
napi_value matrixProductCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 11);
  MatrixProduct how;
  how.batch = arguments.size();
  how.rows = arguments.size();
  how.columns = arguments.size();
  how.inner = arguments.size();
  const bool shareA = arguments.flag(), shareB = arguments.flag();
  how.aStep = shareA ? 0 : product(how.rows, how.inner);
  how.bStep = shareB ? 0 : product(how.inner, how.columns);
  how.transposeA = arguments.flag();
  how.transposeB = arguments.flag();
  const float* a = arguments.array<float>({shareA ? 1 : how.batch, how.rows, how.inner});
  const float* b = arguments.array<float>({shareB ? 1 : how.batch, how.inner, how.columns});
  matrixProduct(arguments.context(), how, a, b, arguments.array<float>({how.batch, how.rows, how.columns}));
  return nullptr;
}

/** sumOfSquares(arrays) */
napi_value sumOfSquaresCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  const auto arrays = arguments.arrays();
  return numberValue(env, sumOfSquares(arguments.context(), arrays));
}

/** adam(beta1, beta2, epsilon, rate, secondScale, scale, gradients, weights, first, second) */
napi_value adamCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 10);
  AdamStep step;
  for (double* number : {&step.beta1, &step.beta2, &step.epsilon, &step.rate, &step.secondScale, &step.scale}) {
    *number = arguments.number();
  }
  const auto gradients = arguments.arrays();
  const auto weights = arguments.arraysLike(gradients), first = arguments.arraysLike(gradients);
  const auto second = arguments.arraysLike(gradients);
  adam(arguments.context(), step, gradients, weights, first, second);
  return nullptr;
}

/** movingAverage(rate, weights, averages) */
napi_value movingAverageCall(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 3);
  const auto rate = static_cast<float>(arguments.number());
  const auto weights = arguments.arrays(), averages = arguments.arraysLike(weights);
  movingAverage(arguments.context(), rate, weights, averages);
  return nullptr;
}

/** The first arguments of each function of a block: handle, rows, width, inner, heads, objects, epsilon, gelu, mask */
constexpr size_t BLOCK_ARGUMENTS = 9;

/** Factors of bfloat16 come in pairs: blocks with an odd width are computed in float32. */
bool comesInPairs(const Widths& widths) {
  const bool headsDo = widths.heads == 0 || widths.width / widths.heads % 2 == 0;
  return widths.width % 2 == 0 && widths.inner % 2 == 0 && headsDo;
}

Block blockOf(Arguments& arguments) {
  const Context& context = arguments.context();
  const auto handle = arguments.handle(context.kernels->blockCount);
  BlockSizes sizes = {};
  sizes.rows = arguments.size();
  sizes.widths.width = arguments.size();
  sizes.widths.inner = arguments.size();
  sizes.widths.heads = arguments.size();
  sizes.objects = arguments.size();
  sizes.widths.epsilon = static_cast<float>(arguments.number());
  sizes.widths.gelu = arguments.flag();
  sizes.mask = arguments.arrayOrNull<float>(sizes.rows);
  const KernelTable* kernels = comesInPairs(sizes.widths) ? context.blockKernels : context.kernels;
  return makeBlock(kernels->blocks[handle], sizes);
}

std::vector<long> sizesOf(const Block& block) {
  std::vector<long> sizes;
  for (const ParameterShape& shape : block.shapes) sizes.push_back(shape.size());
  return sizes;
}

bool hasSkip(const Block& block) { return block.kernel->input == BlockInput::ROW_AND_SKIP; }

/** Reads x, skip and the list of parameters. */
BlockArrays blockArrays(Arguments& arguments, const Block& block) {
  BlockArrays arrays = {};
  arrays.x = arguments.array<float>(block.inputSize());
  arrays.skip = arguments.arrayOrNull<float>(block.inputSize());
  if (hasSkip(block) != (arrays.skip != nullptr)) {
    throw Invalid(std::string("invalid inputs: ") + block.kernel->name + (hasSkip(block) ? " has two" : " has one"));
  }
  const auto parameters = arguments.arrays(sizesOf(block));
  for (size_t i = 0; i < parameters.size(); i++) {
    const BlockParameter& declared = block.kernel->parameters[i];
    if (!parameters[i] && !declared.isOptional) {
      throw Invalid(std::string("missing parameter ") + declared.path + ": " + block.kernel->name + " needs it");
    }
  }
  arrays.parameters.assign(parameters.begin(), parameters.end());
  return arrays;
}

/** blockSavedSize(...block): floats that the forward half saves. */
napi_value blockSavedSize(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, BLOCK_ARGUMENTS);
  return numberValue(env, static_cast<double>(blockOf(arguments).savedSize()));
}

/** blockForward(...block, x, skip, parameters, out, saved) */
napi_value blockForward(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, BLOCK_ARGUMENTS + 5);
  Block block = blockOf(arguments);
  BlockArrays arrays = blockArrays(arguments, block);
  arrays.out = arguments.array<float>(block.outputSize());
  arrays.saved = arguments.arrayOrNull<float>(block.savedSize());
  forward(arguments.context(), std::move(block), arrays);
  return nullptr;
}

/** blockBackward(...block, x, skip, parameters, saved, dy, dx, dSkip, gradients) */
napi_value blockBackward(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, BLOCK_ARGUMENTS + 8);
  Block block = blockOf(arguments);
  BlockArrays arrays = blockArrays(arguments, block);
  arrays.saved = arguments.arrayOrNull<float>(block.savedSize());
  BlockGradientArrays gradients = {};
  gradients.dy = arguments.array<float>(block.outputSize());
  gradients.dx = arguments.array<float>(block.inputSize());
  gradients.dSkip = arguments.arrayOrNull<float>(block.inputSize());
  if (hasSkip(block) && !gradients.dSkip) throw Invalid("missing gradient of the skip connection");
  gradients.parameters = arguments.arrays(sizesOf(block));
  for (size_t i = 0; i < gradients.parameters.size(); i++) {
    if (!gradients.parameters[i] && arrays.parameters[i]) throw Invalid("missing gradient of a parameter");
  }
  backward(arguments.context(), std::move(block), arrays, gradients);
  return nullptr;
}

/** finish(): returns when everything asked for is computed. */
napi_value finishCall(napi_env env, napi_callback_info info) {
  Arguments(env, info, 0).context().queue.finish();
  return nullptr;
}

/** useThreads(count) */
napi_value useThreads(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  const long count = arguments.size();
  constexpr long MOST = 1024;
  if (count < 1 || count > MOST) throw Invalid("invalid threads: expected 1 to " + std::to_string(MOST));
  arguments.context().useThreads(static_cast<int>(count));
  return nullptr;
}

/** useBfloat16(flag) */
napi_value useBfloat16(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info, 1);
  const bool wanted = arguments.flag();
  Context& context = arguments.context();
  const KernelTable* rounding = bfloat16Beside(context.kernels);
  if (wanted && !rounding) throw Invalid("invalid precision: there are no products of bfloat16 here");
  context.blockKernels = wanted ? rounding : context.kernels;
  return nullptr;
}

const char* nameOf(const KernelTable* kernels) { return kernels->instructionSet; }

/** The kernels of the instruction set that UNFOLD_NATIVE_ISA asks for, or the best. */
const KernelTable* chooseKernels() {
  const std::vector<const KernelTable*> found = instructionSets();
  const char* wanted = std::getenv("UNFOLD_NATIVE_ISA");
  if (!wanted || !*wanted) return found.front();
  const std::string name = wanted;
  if (name == "plain") return found.back();
  const char* label = name == "avx2" ? "AVX2" : name == "avx512" ? "AVX-512" : nullptr;
  if (!label) throw Invalid("unknown UNFOLD_NATIVE_ISA: expected avx2, avx512 or plain, got " + name);
  for (const KernelTable* each : found) {
    if (std::strcmp(nameOf(each), label) == 0) return each;
  }
  throw Invalid("invalid UNFOLD_NATIVE_ISA: this processor has no " + std::string(label));
}

void setProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

napi_value emptyObject(napi_env env) {
  napi_value object;
  napi_create_object(env, &object);
  return object;
}

/** The handle of each name: its place in the list. */
napi_value handlesOf(napi_env env, std::initializer_list<const char*> names) {
  napi_value handles = emptyObject(env);
  double handle = 0;
  for (const char* name : names) setProperty(env, handles, name, numberValue(env, handle++));
  return handles;
}

/** Handles of the operations, under the names of the functions that take them. */
napi_value operationHandles(napi_env env) {
#define UNFOLD_NAME(name) #name,
  napi_value operations = emptyObject(env);
  setProperty(env, operations, "unary", handlesOf(env, {UNFOLD_UNARY(UNFOLD_NAME)}));
  setProperty(env, operations, "binary", handlesOf(env, {UNFOLD_BINARY(UNFOLD_NAME)}));
  setProperty(env, operations, "compare", handlesOf(env, {UNFOLD_COMPARISON(UNFOLD_NAME)}));
  setProperty(env, operations, "reduce", handlesOf(env, {UNFOLD_REDUCTION(UNFOLD_NAME)}));
  return operations;
#undef UNFOLD_NAME
}

/** The handle of each block and the paths of its parameters, by the block's name. */
napi_value blocksOf(napi_env env, const KernelTable& kernels) {
  napi_value blocks = emptyObject(env);
  for (long handle = 0; handle < kernels.blockCount; handle++) {
    const BlockKernel& kernel = kernels.blocks[handle];
    napi_value block = emptyObject(env), paths;
    napi_create_array(env, &paths);
    for (long i = 0; i < kernel.parameterCount; i++) {
      napi_set_element(env, paths, static_cast<uint32_t>(i), textValue(env, kernel.parameters[i].path));
    }
    setProperty(env, block, "handle", numberValue(env, static_cast<double>(handle)));
    setProperty(env, block, "parameters", paths);
    setProperty(env, blocks, kernel.name, block);
  }
  return blocks;
}

/** JavaScript threads that have the engine loaded. */
std::atomic<int> environments{0};

void endEnvironment(void* context) {
  delete static_cast<Context*>(context);
  if (environments.fetch_sub(1) == 1) ThreadPool::shared().stop();
}

napi_value initialise(napi_env env, napi_value exports) {
  const KernelTable* kernels = chooseKernels();
  auto* context = new Context;
  context->kernels = context->blockKernels = kernels;
  context->useThreads(1);
  environments.fetch_add(1);
  napi_add_env_cleanup_hook(env, endEnvironment, context);

  const auto define = [&](const char* name, napi_callback function) {
    napi_value value;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, function, context, &value);
    setProperty(env, exports, name, value);
  };
  define("unary", guarded<unaryCall>);
  define("binary", guarded<binaryCall>);
  define("compare", guarded<compareCall>);
  define("select", guarded<selectCall>);
  define("fill", guarded<fillCall>);
  define("convert", guarded<convertCall>);
  define("reduce", guarded<reduceCall>);
  define("whereLeast", guarded<whereLeastCall>);
  define("oneHot", guarded<oneHotCall>);
  define("softmax", guarded<softmaxCall>);
  define("copy", guarded<copyCall>);
  define("gather", guarded<gatherCall>);
  define("segmentSum", guarded<segmentSumCall>);
  define("matrixProduct", guarded<matrixProductCall>);
  define("sumOfSquares", guarded<sumOfSquaresCall>);
  define("adam", guarded<adamCall>);
  define("movingAverage", guarded<movingAverageCall>);
  define("blockSavedSize", guarded<blockSavedSize>);
  define("blockForward", guarded<blockForward>);
  define("blockBackward", guarded<blockBackward>);
  define("finish", guarded<finishCall>);
  define("useThreads", guarded<useThreads>);
  define("useBfloat16", guarded<useBfloat16>);

  setProperty(env, exports, "operations", operationHandles(env));
  setProperty(env, exports, "blocks", blocksOf(env, *kernels));
  setProperty(env, exports, "instructionSet", textValue(env, nameOf(kernels)));
  setProperty(env, exports, "hasBfloat16", booleanValue(env, bfloat16Beside(kernels) != nullptr));
  setProperty(env, exports, "compiler", textValue(env, UNFOLD_COMPILER));
  return exports;
}

}  // namespace
}  // namespace unfold

NAPI_MODULE_INIT() {
  try {
    return unfold::initialise(env, exports);
  } catch (const std::exception& error) {
    napi_throw_range_error(env, nullptr, error.what());
    return nullptr;
  }
}
