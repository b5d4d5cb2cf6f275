#include "services/shared/matrix/json.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/status/status_macros.h"

namespace causeway::matrix {
namespace {

absl::Status BadValue(absl::string_view why) {
  return MakeError(absl::StatusCode::kInvalidArgument, "M_BAD_JSON", why);
}

// Takes the parser's findings and builds the value. The library's own builder
// lets the last of several equal keys win and knows no depth.
class StrictBuilder : public nlohmann::json_sax<Json> {
 public:
  // What went wrong; OK if nothing did.
  const absl::Status& status() const { return status_; }
  Json TakeRoot() { return std::move(root_); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override {
    return Add(value);
  }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }  // Not in JSON.

  bool start_object(size_t) override { return Open(Json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(Json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& key) override {
    auto [slot, is_new] = open_.back()->emplace(key, nullptr);
    if (!is_new) {
      status_ = BadValue(
          absl::StrCat("the key ", Quote(key), " stands twice in one object"));
      return false;
    }
    slot_ = &slot.value();
    return true;
  }

  bool parse_error(size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOutOfRange = 406;
    if (error.id == kNumberOutOfRange) {
      status_ = BadValue(
          absl::StrCat("the number ", Quote(last_token), " is out of range"));
      return false;
    }
    // `position` counts the bytes read, the one that was not expected included.
    const bool is_utf8 = !absl::StrContains(error.what(), "ill-formed UTF-8");
    status_ = NotJson(position > 0 ? position - 1 : 0,
                      is_utf8 ? "syntax error" : "not UTF-8");
    return false;
  }

 private:
  // The place of a value, filled.
  Json* Put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    *slot_ = std::move(value);
    return slot_;
  }

  bool Add(Json value) {
    Put(std::move(value));
    return true;
  }

  bool Open(Json empty) {
    if (open_.size() == kJsonDepthMax) {
      status_ = BadValue(absl::StrCat("more than ", kJsonDepthMax,
                                      " arrays and objects inside each other"));
      return false;
    }
    open_.push_back(Put(std::move(empty)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  Json root_;
  std::vector<Json*> open_;  // From the outermost to the innermost.
  Json* slot_ = nullptr;     // Where the value of the last key goes.
  absl::Status status_;
};

absl::string_view TypeName(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "an array";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    default:
      return "a number";
  }
}

absl::Status WrongType(absl::string_view field, absl::string_view expected,
                       const Json& value) {
  return BadJson(
      field, absl::StrCat("expected ", expected, ", got ", TypeName(value)));
}

// Null when there is no such field.
const Json* Find(const Json& object, absl::string_view field) {
  auto found = object.find(std::string(field));
  return found == object.end() ? nullptr : &*found;
}

absl::StatusOr<const Json*> FindRequired(const Json& object,
                                         absl::string_view field) {
  const Json* value = Find(object, field);
  if (value == nullptr) return MissingParam(field);
  return value;
}

// Null when there is no such field, or a null.
const Json* FindOptional(const Json& object, absl::string_view field) {
  const Json* value = Find(object, field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

absl::StatusOr<std::string> AsString(const Json& value,
                                     absl::string_view field) {
  if (!value.is_string()) return WrongType(field, "a string", value);
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) {
    return BadJson(field, "holds U+0000");
  }
  return text;
}

absl::StatusOr<bool> AsBool(const Json& value, absl::string_view field) {
  if (!value.is_boolean()) return WrongType(field, "a boolean", value);
  return value.get<bool>();
}

absl::StatusOr<int64_t> AsInt(const Json& value, absl::string_view field) {
  if (value.is_number_float()) return BadJson(field, "is not an integer");
  if (!value.is_number()) return WrongType(field, "an integer", value);
  if (value.is_number_unsigned() &&
      value.get<uint64_t>() >
          static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return BadJson(field, "is too large");
  }
  return value.get<int64_t>();
}

absl::StatusOr<const Json*> AsObject(const Json& value,
                                     absl::string_view field) {
  if (!value.is_object()) return WrongType(field, "an object", value);
  return &value;
}

absl::StatusOr<const Json*> AsArray(const Json& value,
                                    absl::string_view field) {
  if (!value.is_array()) return WrongType(field, "an array", value);
  return &value;
}

bool IsCanonicalNumber(const Json& value) {
  if (value.is_number_float()) return false;
  if (value.is_number_unsigned()) {
    return value.get<uint64_t>() <= static_cast<uint64_t>(kCanonicalIntMax);
  }
  return value.get<int64_t>() >= -kCanonicalIntMax;
}

// `path` names `value`; as before when this returns OK.
absl::Status ValidateNumbers(const Json& value, std::string& path) {
  if (value.is_number() && !IsCanonicalNumber(value)) {
    return BadJson(path,
                   absl::StrCat("a number in an event must be an integer "
                                "between -",
                                kCanonicalIntMax, " and ", kCanonicalIntMax));
  }
  const size_t path_length = path.size();
  if (value.is_object()) {
    for (const auto& item : value.items()) {
      absl::StrAppend(&path, ".", item.key());
      CAUSEWAY_RETURN_IF_ERROR(ValidateNumbers(item.value(), path));
      path.resize(path_length);
    }
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      absl::StrAppend(&path, "[", i, "]");
      CAUSEWAY_RETURN_IF_ERROR(ValidateNumbers(value[i], path));
      path.resize(path_length);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Json> ParseJson(absl::string_view text) {
  // The library skips a byte order mark and takes a NUL for the end.
  if (absl::StartsWith(text, "\xef\xbb\xbf")) {
    return NotJson(0, "a byte order mark");
  }
  if (const size_t nul = text.find('\0'); nul != absl::string_view::npos) {
    return NotJson(nul, "a NUL");
  }
  StrictBuilder builder;
  if (!Json::sax_parse(text.begin(), text.end(), &builder)) {
    return builder.status();
  }
  return builder.TakeRoot();
}

absl::StatusOr<Json> ParseObject(absl::string_view text) {
  CAUSEWAY_ASSIGN_OR_RETURN(Json value, ParseJson(text));
  if (!value.is_object()) {
    return BadValue(absl::StrCat("expected an object, got ", TypeName(value)));
  }
  return value;
}

absl::StatusOr<Json> ParseObjectOrNothing(absl::string_view text) {
  if (text.empty()) return Json::object();
  return ParseObject(text);
}

absl::Status ValidateEventContent(const Json& content,
                                  absl::string_view field) {
  if (!content.is_object()) return WrongType(field, "an object", content);
  std::string path(field);
  return ValidateNumbers(content, path);
}

std::string DumpJson(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::string> GetString(const Json& object,
                                      absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* value, FindRequired(object, field));
  return AsString(*value, field);
}

absl::StatusOr<bool> GetBool(const Json& object, absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* value, FindRequired(object, field));
  return AsBool(*value, field);
}

absl::StatusOr<int64_t> GetInt(const Json& object, absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* value, FindRequired(object, field));
  return AsInt(*value, field);
}

absl::StatusOr<const Json*> GetObject(const Json& object,
                                      absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* value, FindRequired(object, field));
  return AsObject(*value, field);
}

absl::StatusOr<const Json*> GetArray(const Json& object,
                                     absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* value, FindRequired(object, field));
  return AsArray(*value, field);
}

absl::StatusOr<std::optional<std::string>> GetOptionalString(
    const Json& object, absl::string_view field) {
  const Json* value = FindOptional(object, field);
  if (value == nullptr) return std::optional<std::string>();
  CAUSEWAY_ASSIGN_OR_RETURN(std::string text, AsString(*value, field));
  return std::optional<std::string>(std::move(text));
}

absl::StatusOr<std::optional<bool>> GetOptionalBool(const Json& object,
                                                    absl::string_view field) {
  const Json* value = FindOptional(object, field);
  if (value == nullptr) return std::optional<bool>();
  CAUSEWAY_ASSIGN_OR_RETURN(bool flag, AsBool(*value, field));
  return std::optional<bool>(flag);
}

absl::StatusOr<std::optional<int64_t>> GetOptionalInt(const Json& object,
                                                      absl::string_view field) {
  const Json* value = FindOptional(object, field);
  if (value == nullptr) return std::optional<int64_t>();
  CAUSEWAY_ASSIGN_OR_RETURN(int64_t number, AsInt(*value, field));
  return std::optional<int64_t>(number);
}

absl::StatusOr<const Json*> GetOptionalObject(const Json& object,
                                              absl::string_view field) {
  const Json* value = FindOptional(object, field);
  if (value == nullptr) return static_cast<const Json*>(nullptr);
  return AsObject(*value, field);
}

absl::StatusOr<const Json*> GetOptionalArray(const Json& object,
                                             absl::string_view field) {
  const Json* value = FindOptional(object, field);
  if (value == nullptr) return static_cast<const Json*>(nullptr);
  return AsArray(*value, field);
}

}  // namespace causeway::matrix
