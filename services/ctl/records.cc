#include "services/ctl/records.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace causeway::ctl {
namespace {

using Row = std::vector<std::string>;

constexpr int kJsonIndent = 2;
constexpr size_t kColumnGap = 2;

// Those of ASCII, and of Unicode's second set (U+0080 to U+009F: the bytes C2
// and 80 to 9F), by which some terminals are steered, too.
std::string WithoutControls(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool second_set = text[i] == '\xC2' && i + 1 < text.size() &&
                            static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (second_set) ++i;
    out.push_back(second_set || absl::ascii_iscntrl(text[i]) ? '?' : text[i]);
  }
  return out;
}

bool BeginsCharacter(unsigned char c) { return (c & 0xC0) != 0x80; }

// In characters of UTF-8, each of which is taken to be one column wide.
size_t Width(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), BeginsCharacter);
}

// As AsTable() says of `columns_max`.
std::string CutTo(size_t columns_max, std::string line) {
  if (columns_max == 0 || Width(line) <= columns_max) return line;
  size_t width = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (BeginsCharacter(line[i]) && ++width == columns_max) line.resize(i);
  }
  return line + "\u2026";
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

std::string Aligned(const Row& row, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < row.size(); ++i) {
    absl::StrAppend(&line, row[i]);
    if (i + 1 == row.size()) break;  // No trailing blanks.
    line.append(widths[i] - Width(row[i]) + kColumnGap, ' ');
  }
  return line;
}

}  // namespace

std::string AsTable(const std::vector<Record>& records, size_t columns_max) {
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
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string out;
  for (const Row& row : rows) {
    absl::StrAppend(&out, CutTo(columns_max, Aligned(row, widths)), "\n");
  }
  return out;
}

std::string AsList(const Record& record) {
  size_t width = 0;
  for (const auto& item : record.items()) {
    width = std::max(width, item.key().size());
  }
  std::string out;
  for (const auto& item : record.items()) {
    absl::StrAppend(&out, Aligned({item.key(), Cell(item.value())}, {width, 0}),
                    "\n");
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
