#ifndef CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_PROXY_SERVICE_H_
#define CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_PROXY_SERVICE_H_

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "causeway/query/v1/query.grpc.pb.h"
#include "services/query_proxy/answer.h"
#include "services/query_proxy/appservice_examiner.h"
#include "services/query_proxy/appservice_pinger.h"
#include "services/query_proxy/query_engine.h"
#include "services/query_proxy/question.h"
#include "services/query_proxy/third_party_look_up.h"
#include "services/query_proxy/uri_look_up.h"
#include "services/shared/clock/clock.h"
#include "services/shared/registry_watch/latest_snapshot.h"
#include "services/shared/server/call_context.h"
#include "services/shared/server/executor.h"

namespace causeway::query {

// causeway.query.v1.QueryProxy: decodes, waits for the registry's revision,
// asks, encodes.
//
// Thread-safe.
class QueryProxyService final : public v1::QueryProxy::CallbackService {
 public:
  struct Options {
    // The longest that a query may take, whatever its caller says.
    absl::Duration deadline_max = absl::Seconds(30);
    // It ends this long before its caller's deadline, so that the outcome
    // still arrives.
    absl::Duration answer_margin = absl::Milliseconds(200);
  };

  // What answers.
  struct Parts {
    QueryEngine& engine;
    AppservicePinger& pinger;
    ThirdPartyLookUp& third_party;
    UriLookUp& uris;
    AppserviceExaminer& examiner;
  };

  // The references must outlive the service.
  QueryProxyService(Options options, const Parts& parts,
                    registry_watch::LatestSnapshot& registry,
                    const Clock& clock, server::Executor& executor);

  grpc::ServerUnaryReactor* QueryUser(grpc::CallbackServerContext* context,
                                      const v1::QueryUserRequest* request,
                                      v1::QueryUserResponse* response) override;
  grpc::ServerUnaryReactor* QueryRoomAlias(
      grpc::CallbackServerContext* context,
      const v1::QueryRoomAliasRequest* request,
      v1::QueryRoomAliasResponse* response) override;
  grpc::ServerUnaryReactor* Ping(grpc::CallbackServerContext* context,
                                 const v1::PingRequest* request,
                                 v1::PingResponse* response) override;
  grpc::ServerUnaryReactor* LookUpThirdParty(
      grpc::CallbackServerContext* context,
      const v1::LookUpThirdPartyRequest* request,
      v1::LookUpThirdPartyResponse* response) override;
  grpc::ServerUnaryReactor* LookUpUri(grpc::CallbackServerContext* context,
                                      const v1::LookUpUriRequest* request,
                                      v1::LookUpUriResponse* response) override;
  grpc::ServerUnaryReactor* Diagnose(grpc::CallbackServerContext* context,
                                     const v1::DiagnoseRequest* request,
                                     v1::DiagnoseResponse* response) override;

 private:
  boost::asio::awaitable<absl::StatusOr<v1::QueryUserResponse>> HandleQueryUser(
      const v1::QueryUserRequest& request, server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<v1::QueryRoomAliasResponse>>
  HandleQueryRoomAlias(const v1::QueryRoomAliasRequest& request,
                       server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<Answer>> Query(
      Question question, int64_t min_registry_revision,
      std::string caused_by_appservice_uid, server::CallContext call);

  boost::asio::awaitable<absl::StatusOr<v1::PingResponse>> HandlePing(
      const v1::PingRequest& request, server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<v1::LookUpThirdPartyResponse>>
  HandleLookUpThirdParty(const v1::LookUpThirdPartyRequest& request,
                         server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<v1::LookUpUriResponse>> HandleLookUpUri(
      const v1::LookUpUriRequest& request, server::CallContext call);
  boost::asio::awaitable<absl::StatusOr<v1::DiagnoseResponse>> HandleDiagnose(
      const v1::DiagnoseRequest& request, server::CallContext call);

  // How long the call may take, so that its answer still arrives.
  absl::Duration Patience(const server::CallContext& call) const;
  // UNAVAILABLE when the revision isn't known within `patience`.
  boost::asio::awaitable<absl::Status> AwaitRegistry(
      int64_t min_registry_revision, absl::Duration patience);

  const Options options_;
  const Parts parts_;
  registry_watch::LatestSnapshot& registry_;
  const Clock& clock_;
  server::Executor& executor_;
};

}  // namespace causeway::query

#endif  // CAUSEWAY_SERVICES_QUERY_PROXY_QUERY_PROXY_SERVICE_H_
