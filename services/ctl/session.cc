#include "services/ctl/session.h"

#include <grpcpp/channel.h>

#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/shared/server/channel.h"

namespace causeway::ctl {
namespace {

constexpr absl::Duration kCallDeadline = absl::Seconds(10);

}  // namespace

Session::Session(const Options& options, std::ostream& out)
    : json_(options.json),
      out_(out),
      registry_address_(absl::StrCat("registry (", options.registry, ")")),
      push_address_(
          absl::StrCat("push_dispatcher (", options.push_dispatcher, ")")),
      registry_(registry::v1::Registry::NewStub(
          server::MakeChannel(options.registry))),
      push_(push::v1::PushDispatcher::NewStub(
          server::MakeChannel(options.push_dispatcher))),
      push_operator_(push::v1::PushOperator::NewStub(
          server::MakeChannel(options.push_dispatcher))) {}

server::CallContext Session::NewCall() {
  return server::MakeCallContext(kCallDeadline);
}

absl::Status Session::WithPeer(const std::string& peer,
                               const absl::Status& status) {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
    return status;
  }
  return absl::Status(
      status.code(),
      absl::StrCat(peer, " does not answer: ", status.message()));
}

absl::Status Session::AwaitInForce(int64_t revision) {
  push::v1::AwaitRevisionRequest request;
  request.set_revision(revision);
  absl::Status status = WithPeer(
      push_address_,
      server::Call(NewCall(), *push_,
                   &push::v1::PushDispatcher::StubInterface::AwaitRevision,
                   request)
          .status());
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat("the registry has it (revision ", revision,
                   "), but push_dispatcher has not confirmed that it delivers "
                   "accordingly: ",
                   status.message()));
}

void Session::Show(const Record& record) {
  out_ << (json_ ? AsJson(record) : AsList(record));
}

void Session::Show(const std::vector<Record>& records) {
  out_ << (json_ ? AsJson(records) : AsTable(records));
}

void Session::Say(const std::string& message) {
  if (json_) {
    out_ << AsJson(Record{{"message", message}});
  } else {
    out_ << message << "\n";
  }
}

}  // namespace causeway::ctl
