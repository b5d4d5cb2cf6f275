#include "services/gateway/signs_of_life.h"

#include "services/shared/server/call_context.h"

namespace causeway::gateway {
namespace {

namespace pb = causeway::push::v1;
using Replicas = server::Replicas<pb::PushDispatcher>;

}  // namespace

SignsOfLife::SignsOfLife(Options options, HeardAppservices& heard,
                         Replicas& push_dispatchers)
    : options_(options),
      heard_(heard),
      push_dispatchers_(push_dispatchers),
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
    push_dispatchers_
        .Call(server::MakeCallContext(options_.timeout),
              &Replicas::Stub::ReportSignsOfLife, request)
        .IgnoreError();
  }
}

}  // namespace causeway::gateway
