#include "services/push_dispatcher/store/sql_array.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace causeway::push {

void SqlArray::Separate() {
  if (!elements_.empty()) elements_.push_back(',');
}

void SqlArray::AddInt(int64_t value) {
  Separate();
  absl::StrAppend(&elements_, value);
}

void SqlArray::AddText(absl::string_view value) {
  Separate();
  elements_.push_back('"');
  for (char c : value) {
    if (c == '"' || c == '\\') elements_.push_back('\\');
    elements_.push_back(c);
  }
  elements_.push_back('"');
}

void SqlArray::AddBytes(absl::string_view value) {
  Separate();
  absl::StrAppend(&elements_, "\"\\\\x", absl::BytesToHexString(value), "\"");
}

void SqlArray::AddNull() {
  Separate();
  absl::StrAppend(&elements_, "NULL");
}

std::string SqlArray::str() const { return absl::StrCat("{", elements_, "}"); }

std::vector<int64_t> ReadSqlIntegers(absl::string_view text) {
  std::vector<int64_t> values;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    int64_t value = 0;
    if (absl::SimpleAtoi(part, &value)) values.push_back(value);
  }
  return values;
}

}  // namespace causeway::push
