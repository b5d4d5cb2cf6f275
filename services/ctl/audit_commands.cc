#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "google/protobuf/util/time_util.h"
#include "services/ctl/command.h"
#include "services/ctl/outcome.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::registry::v1;
using Stub = pb::Registry::StubInterface;
using google::protobuf::util::TimeUtil;

constexpr int kPageSize = 1000;
constexpr int kCountDefault = 50;
constexpr int kCountMax = 1'000'000;

// An object of a record; null where there was nothing.
Record ToObject(const std::string& text) {
  if (text.empty()) return nullptr;
  const Record object =
      Record::parse(text, nullptr, /*allow_exceptions=*/false);
  return object.is_discarded() ? Record(text) : object;
}

Record ToRecord(const pb::ListAuditRecordsResponse::Record& record) {
  return {{"create_time", TimeUtil::ToString(record.create_time())},
          {"actor", record.actor()},
          {"action", record.action()},
          {"revision", record.revision()},
          {"reason", record.reason()},
          {"request_id", record.request_id()},
          {"before", ToObject(record.before_json())},
          {"after", ToObject(record.after_json())}};
}

absl::Status List(const Arguments& arguments, const std::string&,
                  Session& session) {
  int count = kCountDefault;
  if (arguments.Has("count") &&
      (!absl::SimpleAtoi(arguments.Get("count"), &count) || count < 1 ||
       count > kCountMax)) {
    return BadUsage(absl::StrCat("--count is a number from 1 to ", kCountMax));
  }
  std::vector<Record> records;
  pb::ListAuditRecordsRequest request;
  do {
    request.set_page_size(
        std::min(kPageSize, count - static_cast<int>(records.size())));
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListAuditRecordsResponse page,
        session.CallRegistry(&Stub::ListAuditRecords, request));
    for (const auto& record : page.records()) {
      records.push_back(ToRecord(record));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           static_cast<int>(records.size()) < count);
  session.Show(records);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> AuditCommands() {
  return {
      {.noun = "audit",
       .verb = "list",
       .argument = "",
       .summary = "who changed which grant or registration, newest first",
       .flags = {{.name = "count",
                  .value = "N",
                  .help = absl::StrCat("how many, 1 to ", kCountMax, " (",
                                       kCountDefault, ")"),
                  .required = false,
                  .repeated = false}},
       .rpcs = {"causeway.registry.v1.Registry/ListAuditRecords"},
       .watchable = true,
       .run = List},
  };
}

}  // namespace causeway::ctl
