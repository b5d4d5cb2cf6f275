#ifndef CAUSEWAY_SERVICES_CTL_RECORDS_H_
#define CAUSEWAY_SERVICES_CTL_RECORDS_H_

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace causeway::ctl {

// What a command shows: objects with the same fields in the same order. One
// form of them for people, one for programs, both pure.
using Record = nlohmann::ordered_json;

// Aligned columns under the fields' names in capitals:
//
//   NAME  APPSERVICE_ID  USERS
//   irc   irc            @irc_.*, @_irc_.*
//
// Lists are joined, absent values are "-". Control characters are shown as
// "?": what a bridge calls itself must not move an operator's cursor. Lines of
// more than `columns_max` characters are cut, and end with "…"; 0: none is.
std::string AsTable(const std::vector<Record>& records, size_t columns_max = 0);

// One field a line, for a single record.
std::string AsList(const Record& record);

// All in one line, for one of many that come one by one:
//
//   appservice_id=irc state=backing_off attempts=3 last_error="HTTP 503"
std::string AsLine(const Record& record);
// The same as JSON.
std::string AsJsonLine(const Record& record);

// Indented JSON, ends with a newline.
std::string AsJson(const std::vector<Record>& records);
std::string AsJson(const Record& record);

}  // namespace causeway::ctl

#endif  // CAUSEWAY_SERVICES_CTL_RECORDS_H_
