#include "tests/simulation/recorded_log.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/matrix/json.h"
#include "services/shared/status/status_macros.h"
#include "tests/simulation/promise_checker.h"

namespace causeway::push::simulation {
namespace {

using matrix::Json;

absl::StatusOr<std::vector<std::string>> GetStrings(const Json& object,
                                                    absl::string_view field) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json* array, matrix::GetArray(object, field));
  std::vector<std::string> strings;
  for (const Json& element : *array) {
    if (!element.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": expected strings"));
    }
    strings.push_back(element.get<std::string>());
  }
  return strings;
}

absl::StatusOr<Put::Taken> ParseTaken(const std::string& word) {
  if (word == "yes") return Put::Taken::kYes;
  if (word == "known") return Put::Taken::kKnownAlready;
  if (word == "no") return Put::Taken::kNo;
  return absl::InvalidArgumentError(
      absl::StrCat("taken: yes, known or no, not ", word));
}

class LogReader {
 public:
  absl::Status Read(const std::string& line);
  RecordedLog Finish();

 private:
  absl::Status ReadAppservice(const Json& line);
  absl::Status ReadPublished(const Json& line);
  absl::Status ReadRequest(const Json& line);
  // Its number, which serves as the registration's uid too.
  absl::StatusOr<int32_t> Find(const std::string& appservice) const;
  bool IsItsOwn(const std::string& event_id, int32_t appservice) const;

  RecordedLog log_;
  std::map<std::string, int32_t> appservices_;   // By name.
  std::map<std::string, Acceptance> published_;  // By event ID.
  std::set<std::pair<int32_t, std::string>> transactions_;
};

absl::Status LogReader::Read(const std::string& text) {
  CAUSEWAY_ASSIGN_OR_RETURN(const Json line, matrix::ParseObject(text));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string kind,
                            matrix::GetString(line, "kind"));
  if (kind == "appservice") return ReadAppservice(line);
  if (kind == "published") return ReadPublished(line);
  if (kind == "request") return ReadRequest(line);
  return absl::InvalidArgumentError(absl::StrCat("no such kind: ", kind));
}

RecordedLog LogReader::Finish() {
  for (const auto& [event_id, acceptance] : published_) {
    log_.history.accepted.push_back(acceptance);
  }
  log_.transaction_count = static_cast<int64_t>(transactions_.size());
  return std::move(log_);
}

absl::Status LogReader::ReadAppservice(const Json& line) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string name,
                            matrix::GetString(line, "name"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string remembers,
                            matrix::GetString(line, "remembers"));
  const auto number = static_cast<int32_t>(appservices_.size());
  if (!appservices_.try_emplace(name, number).second) {
    return absl::InvalidArgumentError(absl::StrCat(name, " comes twice"));
  }
  log_.history.appservice_by_uid[number] = number;
  if (remembers == "last") {
    log_.history.last_id_appservices.push_back(number);
  } else if (remembers != "all") {
    return absl::InvalidArgumentError(
        absl::StrCat("remembers: last or all, not ", remembers));
  }
  return absl::OkStatus();
}

absl::Status LogReader::ReadPublished(const Json& line) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string event_id,
                            matrix::GetString(line, "event_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> concerns,
                            GetStrings(line, "concerns"));
  Acceptance acceptance;
  acceptance.event = {.position = static_cast<int64_t>(published_.size()) + 1};
  for (const std::string& name : concerns) {
    CAUSEWAY_ASSIGN_OR_RETURN(const int32_t appservice, Find(name));
    acceptance.uids.push_back(appservice);
  }
  if (!published_.try_emplace(event_id, std::move(acceptance)).second) {
    return absl::InvalidArgumentError(
        absl::StrCat(event_id, " was published twice"));
  }
  return absl::OkStatus();
}

absl::Status LogReader::ReadRequest(const Json& line) {
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string name,
                            matrix::GetString(line, "appservice"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string sha256,
                            matrix::GetString(line, "sha256"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::vector<std::string> event_ids,
                            GetStrings(line, "event_ids"));
  CAUSEWAY_ASSIGN_OR_RETURN(const std::string taken,
                            matrix::GetString(line, "taken"));
  CAUSEWAY_ASSIGN_OR_RETURN(const int64_t at_ms, matrix::GetInt(line, "at_ms"));
  Put put;
  CAUSEWAY_ASSIGN_OR_RETURN(put.appservice, Find(name));
  CAUSEWAY_ASSIGN_OR_RETURN(put.txn_id, matrix::GetString(line, "txn_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(put.taken, ParseTaken(taken));
  put.uid = put.appservice;
  put.body = std::make_shared<const std::string>(sha256);
  put.sent = put.arrived = absl::Milliseconds(at_ms);
  for (const std::string& event_id : event_ids) {
    if (IsItsOwn(event_id, put.appservice)) {
      put.events.push_back(published_.at(event_id).event);
    } else {
      log_.strangers.push_back(
          {"P4", absl::StrCat(At(put.arrived), name, " got ", event_id, " in ",
                              put.txn_id, ", which isn't for it")});
    }
  }
  transactions_.emplace(put.appservice, put.txn_id);
  log_.history.puts.push_back(std::move(put));
  return absl::OkStatus();
}

absl::StatusOr<int32_t> LogReader::Find(const std::string& appservice) const {
  const auto found = appservices_.find(appservice);
  if (found == appservices_.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no appservice line before names ", appservice));
  }
  return found->second;
}

bool LogReader::IsItsOwn(const std::string& event_id,
                         int32_t appservice) const {
  const auto found = published_.find(event_id);
  if (found == published_.end()) return false;
  const std::vector<int64_t>& uids = found->second.uids;
  return std::find(uids.begin(), uids.end(), appservice) != uids.end();
}

}  // namespace

absl::StatusOr<RecordedLog> ReadRecordedLog(std::istream& lines) {
  LogReader reader;
  std::string line;
  for (int64_t number = 1; std::getline(lines, line); ++number) {
    const absl::Status status = reader.Read(line);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", status.message()));
    }
  }
  return reader.Finish();
}

std::vector<Violation> CheckRecordedLog(const RecordedLog& log) {
  std::vector<Violation> violations = log.strangers;
  for (Violation& violation : CheckPromises(log.history)) {
    violations.push_back(std::move(violation));
  }
  return violations;
}

}  // namespace causeway::push::simulation
