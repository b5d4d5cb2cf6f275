#include "services/gateway/signs_of_life.h"

#include "services/shared/server/blocking_call.h"
#include "services/shared/server/call_context.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushDispatcher::StubInterface;

}  // namespace

SignsOfLife::SignsOfLife(Options options, HeardAppservices& heard,
                         Stub& push_dispatcher)
    : options_(options),
      heard_(heard),
      push_dispatcher_(push_dispatcher),
      thread_([this] { Run(); }) {}

SignsOfLife::~SignsOfLife() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

void SignsOfLife::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_),
                               options_.interval)) {
        return;
      }
    }
    const pb::ReportSignsOfLifeRequest request = heard_.Take();
    if (request.heard_uids().empty() && request.pinged_uids().empty()) continue;
    server::Call(server::MakeCallContext(options_.timeout), push_dispatcher_,
                 &Stub::ReportSignsOfLife, request)
        .IgnoreError();
  }
}

}  // namespace causeway::gateway
