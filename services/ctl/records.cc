#include "services/ctl/records.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace causeway::ctl {
namespace {

using Row = std::vector<std::string>;

constexpr int kJsonIndent = 2;
constexpr size_t kColumnGap = 2;

std::string WithoutControls(std::string text) {
  std::replace_if(
      text.begin(), text.end(),
      [](unsigned char c) { return absl::ascii_iscntrl(c); }, '?');
  return text;
}

std::string Cell(const Record& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    return text.empty() ? "-" : WithoutControls(text);
  }
  if (value.is_array()) {
    if (value.empty()) return "-";
    return absl::StrJoin(value, ", ", [](std::string* out, const Record& item) {
      absl::StrAppend(out, Cell(item));
    });
  }
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump(-1, ' ', false, Record::error_handler_t::replace);
}

std::string AsJsonText(const std::string& text) {
  return Record(text).dump(-1, ' ', false, Record::error_handler_t::replace);
}

void AppendRow(const Row& row, const std::vector<size_t>& widths,
               std::string& out) {
  for (size_t i = 0; i < row.size(); ++i) {
    absl::StrAppend(&out, row[i]);
    if (i + 1 == row.size()) break;  // No trailing blanks.
    out.append(widths[i] - row[i].size() + kColumnGap, ' ');
  }
  out.push_back('\n');
}

}  // namespace

std::string AsTable(const std::vector<Record>& records) {
  if (records.empty()) return "none\n";
  std::vector<Row> rows(1);
  for (const auto& item : records.front().items()) {
    rows[0].push_back(absl::AsciiStrToUpper(item.key()));
  }
  for (const Record& record : records) {
    Row& row = rows.emplace_back();
    for (const auto& item : record.items()) row.push_back(Cell(item.value()));
  }
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string out;
  for (const Row& row : rows) AppendRow(row, widths, out);
  return out;
}

std::string AsList(const Record& record) {
  size_t width = 0;
  for (const auto& item : record.items()) {
    width = std::max(width, item.key().size());
  }
  std::string out;
  for (const auto& item : record.items()) {
    AppendRow({item.key(), Cell(item.value())}, {width, 0}, out);
  }
  return out;
}

std::string AsLine(const Record& record) {
  std::vector<std::string> words;
  for (const auto& item : record.items()) {
    const std::string cell = Cell(item.value());
    const bool plain = cell.find_first_of(" \"") == std::string::npos;
    words.push_back(
        absl::StrCat(item.key(), "=", plain ? cell : AsJsonText(cell)));
  }
  return absl::StrJoin(words, " ") + "\n";
}

std::string AsJsonLine(const Record& record) {
  return record.dump(-1, ' ', false, Record::error_handler_t::replace) + "\n";
}

std::string AsJson(const std::vector<Record>& records) {
  return AsJson(Record(records));
}

std::string AsJson(const Record& record) {
  return record.dump(kJsonIndent, ' ', false,
                     Record::error_handler_t::replace) +
         "\n";
}

}  // namespace causeway::ctl
