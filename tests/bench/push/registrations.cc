#include "tests/bench/push/registrations.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/token.h"
#include "tests/bench/push/audience.h"
#include "tests/bench/push/event_text.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

namespace registry = causeway::registry::v1;

// The registry takes one registration after the other, so more gain nothing.
constexpr int kCallsAtOnce = 2;
constexpr absl::Duration kCallPatience = absl::Minutes(1);

void AddNamespace(registry::RegisterRequest& request,
                  registry::Namespace::Kind kind, const std::string& regex,
                  bool exclusive) {
  registry::Namespace& added = *request.add_namespaces();
  added.set_kind(kind);
  added.set_regex(regex);
  added.set_exclusive(exclusive);
}

registry::RegisterRequest MakeRequest(int appservice, bool everyone,
                                      const std::string& as_token,
                                      const std::string& url) {
  registry::RegisterRequest request;
  request.set_as_token(as_token);
  request.set_id(AppserviceId(appservice));
  request.set_url(url);
  request.set_sender_localpart(AppserviceId(appservice));
  request.set_dialect(registry::V1);
  const int sender = everyone ? kEveryonesSender : appservice;
  AddNamespace(request, registry::Namespace::USERS,
               absl::StrCat(EventText::SenderPrefix(sender), ".*:bench\\.test"),
               !everyone);
  const std::string own = absl::StrFormat("bridge-%05d_.*", appservice);
  AddNamespace(request, registry::Namespace::ALIASES,
               absl::StrCat("#", own, ":bench\\.test"), true);
  AddNamespace(request, registry::Namespace::ROOMS, absl::StrCat("!", own),
               false);
  return request;
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + kCallPatience));
}

// Returns the revision.
int64_t RegisterOne(registry::Registry::Stub& stub, int appservice,
                    bool everyone, const std::string& url) {
  const std::string as_token = matrix::RandomHexToken();
  {
    registry::CreateGrantRequest request;
    request.set_name(AppserviceId(appservice));
    request.set_as_token_sha256(matrix::Sha256(as_token));
    request.mutable_ceilings()->add_users(".*");
    request.mutable_ceilings()->add_aliases(".*");
    request.mutable_ceilings()->add_rooms(".*");
    request.set_allow_broad(true);
    grpc::ClientContext context;
    SetDeadline(context);
    registry::Grant response;
    CheckOk(stub.CreateGrant(&context, request, &response), "CreateGrant");
  }
  grpc::ClientContext context;
  SetDeadline(context);
  registry::RegisterResponse response;
  CheckOk(
      stub.Register(&context, MakeRequest(appservice, everyone, as_token, url),
                    &response),
      "Register");
  return response.revision();
}

}  // namespace

std::string AppserviceId(int appservice) {
  return absl::StrFormat("bench-%05d", appservice);
}

int64_t RegisterAppservices(const std::shared_ptr<grpc::Channel>& channel,
                            int appservice_count, bool everyone,
                            const std::function<std::string(int)>& url_of) {
  std::atomic<int> next = 0;
  std::atomic<int64_t> revision = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallsAtOnce; ++i) {
    threads.emplace_back([&] {
      const auto stub = registry::Registry::NewStub(channel);
      for (int one = next++; one < appservice_count; one = next++) {
        const int64_t its = RegisterOne(*stub, one, everyone, url_of(one));
        int64_t before = revision;
        while (its > before && !revision.compare_exchange_weak(before, its)) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return revision;
}

}  // namespace causeway::bench
