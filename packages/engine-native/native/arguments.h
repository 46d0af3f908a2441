// The arguments of a call from JavaScript, checked one by one. The size of an array that must have one is the product
// of the sizes given, which may be anything: products that overflow are refused.
#pragma once
#include <node_api.h>
#include <initializer_list>
#include <string>
#include <vector>
#include "arrays.h"

namespace unfold {

template <class Element>
constexpr napi_typedarray_type arrayType();
template <>
constexpr napi_typedarray_type arrayType<float>() {
  return napi_float32_array;
}
template <>
constexpr napi_typedarray_type arrayType<int32_t>() {
  return napi_int32_array;
}
template <>
constexpr napi_typedarray_type arrayType<uint8_t>() {
  return napi_uint8_array;
}

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info, size_t expected) : env_(env), values_(expected) {
    size_t count = expected;
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values_.data(), nullptr, &data);
    context_ = static_cast<Context*>(data);
    if (count < expected) throw Invalid("missing arguments: expected " + std::to_string(expected));
  }

  Context& context() const { return *context_; }

  /** The next argument as a number. */
  double number() {
    double value = 0;
    if (napi_get_value_double(env_, values_[next_++], &value) != napi_ok) fail("a number");
    return value;
  }

  /** The next argument as a whole number from 0 on. */
  long size() {
    const double value = number();
    if (!(value >= 0 && value <= 9e15) || value != static_cast<double>(static_cast<long>(value))) {
      fail("a whole number from 0 on");
    }
    return static_cast<long>(value);
  }

  bool flag() {
    bool value = false;
    if (napi_get_value_bool(env_, values_[next_++], &value) != napi_ok) fail("true or false");
    return value;
  }

  /** The next argument as a handle of one of `count` things. */
  long handle(long count) {
    const long value = size();
    if (value >= count) fail("the handle of an operation or block");
    return value;
  }

  template <class Operation>
  Operation operation() {
    return static_cast<Operation>(handle(static_cast<long>(Operation::COUNT)));
  }

  /** Whether the next argument is a typed array of that kind. */
  template <class Element>
  bool isNext() const {
    bool is = false;
    napi_is_typedarray(env_, values_[next_], &is);
    napi_typedarray_type type;
    return is && napi_get_typedarray_info(env_, values_[next_], &type, nullptr, nullptr, nullptr, nullptr) == napi_ok &&
           type == arrayType<Element>();
  }

  /** The next argument as a typed array of any length. */
  template <class Element>
  Array<Element> array() {
    return arrayOf<Element>(values_[next_++]);
  }

  /** The next argument as a typed array of that length. */
  template <class Element>
  Element* array(long size) {
    return checked(array<Element>(), size);
  }

  /** The next argument as a typed array of these lengths' product. */
  template <class Element>
  Element* array(std::initializer_list<long> shape) {
    return array<Element>(product(shape));
  }

  /** The same, or null for null and undefined. */
  template <class Element>
  Element* arrayOrNull(long size) {
    return elementsOrNull<Element>(values_[next_++], size);
  }

  /** The next argument as an array of elements of four bytes: Float32Array or Int32Array. */
  Array<uint32_t> words() {
    const napi_value value = values_[next_++];
    bool is = false;
    napi_is_typedarray(env_, value, &is);
    napi_typedarray_type type = napi_uint8_array;
    size_t length = 0;
    void* data = nullptr;
    if (is) napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr);
    if (type != napi_float32_array && type != napi_int32_array) fail("a Float32Array or Int32Array");
    return {static_cast<uint32_t*>(data), static_cast<long>(length)};
  }

  /** The same, of these lengths' product. */
  uint32_t* words(std::initializer_list<long> shape) { return checked(words(), product(shape)); }

  /** The next argument as whole numbers. */
  std::vector<long> list() {
    const Array<int32_t> values = array<int32_t>();
    return {values.data, values.data + values.size};
  }

  /** The next argument as a JavaScript array of Float32Arrays. */
  std::vector<Array<float>> arrays() {
    const napi_value list = values_[next_++];
    uint32_t length = 0;
    if (napi_get_array_length(env_, list, &length) != napi_ok) fail("a list of arrays");
    std::vector<Array<float>> found(length);
    for (uint32_t i = 0; i < length; i++) {
      napi_value each;
      napi_get_element(env_, list, i, &each);
      found[i] = arrayOf<float>(each);
    }
    return found;
  }

  /** The same with as many arrays, each as long, as in another list. */
  std::vector<Array<float>> arraysLike(const std::vector<Array<float>>& others) {
    std::vector<Array<float>> found = arrays();
    if (found.size() != others.size()) fail("a list of " + std::to_string(others.size()) + " arrays");
    for (size_t i = 0; i < found.size(); i++) checked(found[i], others[i].size);
    return found;
  }

  /** The next argument as a JavaScript array of Float32Arrays of the lengths given; null for null. */
  std::vector<float*> arrays(const std::vector<long>& sizes) {
    const napi_value list = values_[next_++];
    uint32_t length = 0;
    if (napi_get_array_length(env_, list, &length) != napi_ok || length != sizes.size()) {
      fail("a list of " + std::to_string(sizes.size()) + " arrays");
    }
    std::vector<float*> found(sizes.size());
    for (uint32_t i = 0; i < length; i++) {
      napi_value each;
      napi_get_element(env_, list, i, &each);
      found[i] = elementsOrNull<float>(each, sizes[i]);
    }
    return found;
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    throw Invalid("invalid argument " + std::to_string(next_) + ": expected " + expected);
  }

  template <class Element>
  Array<Element> arrayOf(napi_value value) const {
    bool is = false;
    napi_is_typedarray(env_, value, &is);
    if (!is) fail("a typed array");
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    napi_get_typedarray_info(env_, value, &type, &length, &data, nullptr, nullptr);
    if (type != arrayType<Element>()) fail("a typed array of another type");
    return {static_cast<Element*>(data), static_cast<long>(length)};
  }

  template <class Element>
  Element* checked(Array<Element> array, long size) const {
    if (array.size != size) {
      fail("an array of " + std::to_string(size) + " elements, got " + std::to_string(array.size));
    }
    return array.data;
  }

  template <class Element>
  Element* elementsOrNull(napi_value value, long size) const {
    napi_valuetype type;
    napi_typeof(env_, value, &type);
    if (type == napi_null || type == napi_undefined) return nullptr;
    return checked(arrayOf<Element>(value), size);
  }

  napi_env env_;
  std::vector<napi_value> values_;
  Context* context_ = nullptr;
  size_t next_ = 0;
};

}  // namespace unfold
