#include "tests/bench/registry/appservices.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/token.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

namespace pb = causeway::registry::v1;

// The registry takes one change after the other, so more gain nothing.
constexpr int kCallsAtOnce = 2;
constexpr absl::Duration kCallPatience = absl::Minutes(1);

std::string Id(int number) { return absl::StrFormat("bench-%06d", number); }

std::string AsToken(int number) { return absl::StrCat("as_token_", number); }

pb::Namespace MakeNamespace(pb::Namespace::Kind kind, const std::string& regex,
                            bool exclusive) {
  pb::Namespace ns;
  ns.set_kind(kind);
  ns.set_regex(regex);
  ns.set_exclusive(exclusive);
  return ns;
}

std::vector<pb::Namespace> Namespaces(int number, int version) {
  const std::string own = version == 0
                              ? absl::StrCat(Id(number), "_.*")
                              : absl::StrCat(Id(number), "_", version, "_.*");
  return {MakeNamespace(pb::Namespace::USERS,
                        absl::StrCat("@", own, ":bench\\.test"), true),
          MakeNamespace(pb::Namespace::ALIASES,
                        absl::StrCat("#", own, ":bench\\.test"), true),
          MakeNamespace(pb::Namespace::ROOMS, absl::StrCat("!", own), false)};
}

// `call` with each number below `count`.
void ForEach(int count, const std::function<void(int)>& call) {
  std::atomic<int> next = 0;
  std::vector<std::thread> threads;
  threads.reserve(kCallsAtOnce);
  for (int i = 0; i < kCallsAtOnce; ++i) {
    threads.emplace_back([&] {
      for (int number = next++; number < count; number = next++) call(number);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + kCallPatience));
}

Appservices::Appservices(const std::shared_ptr<grpc::Channel>& channel)
    : stub_(pb::Registry::NewStub(channel)) {}

void Appservices::CreateGrants(int count) {
  ForEach(count, [this](int number) {
    const std::string own = absl::StrCat(Id(number), "_.*");
    pb::CreateGrantRequest request;
    request.set_name(Id(number));
    request.set_as_token_sha256(matrix::Sha256(AsToken(number)));
    request.mutable_ceilings()->add_users(absl::StrCat("@", own));
    request.mutable_ceilings()->add_aliases(absl::StrCat("#", own));
    request.mutable_ceilings()->add_rooms(absl::StrCat("!", own));
    grpc::ClientContext context;
    SetDeadline(context);
    pb::Grant response;
    CheckOk(stub_->CreateGrant(&context, request, &response), "CreateGrant");
  });
}

Appservices::Registered Appservices::RegisterAll(int count) {
  const RealClock clock;
  const absl::Duration begin = clock.MonotonicNow();
  std::atomic<int64_t> last = 0;
  ForEach(count, [&](int number) {
    const int64_t revision = Register(number, /*version=*/0);
    int64_t before = last;
    while (before < revision && !last.compare_exchange_weak(before, revision)) {
    }
  });
  return {.revision = last, .time = clock.MonotonicNow() - begin};
}

int64_t Appservices::Register(int number, int version) {
  pb::RegisterRequest request;
  request.set_as_token(AsToken(number));
  request.set_id(Id(number));
  request.set_url(absl::StrCat("http://127.0.0.1:9/", number));
  request.set_dialect(pb::V1);
  for (pb::Namespace& ns : Namespaces(number, version)) {
    *request.add_namespaces() = std::move(ns);
  }
  grpc::ClientContext context;
  SetDeadline(context);
  pb::RegisterResponse response;
  CheckOk(stub_->Register(&context, request, &response), "Register");
  return response.revision();
}

void Appservices::Check(int number) {
  pb::CheckNamespacesRequest request;
  for (pb::Namespace& ns : Namespaces(number, /*version=*/0)) {
    *request.add_namespaces() = std::move(ns);
  }
  grpc::ClientContext context;
  SetDeadline(context);
  pb::CheckNamespacesResponse response;
  CheckOk(stub_->CheckNamespaces(&context, request, &response),
          "CheckNamespaces");
  for (const auto& finding : response.findings()) {
    if (finding.refuses()) Die(finding.message());
  }
}

}  // namespace causeway::bench
