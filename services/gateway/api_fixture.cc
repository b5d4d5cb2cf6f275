#include "services/gateway/api_fixture.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/token.h"
#include "services/shared/namespaces/namespace_kind.h"
#include "services/shared/registry_watch/snapshot_builder.h"

namespace causeway::gateway {
namespace {

GatewayApi::Options WithMemory(GatewayApi::Options options,
                               ByteBudget& memory) {
  options.media.memory = &memory;
  return options;
}

}  // namespace

ApiFixture::ApiFixture(GatewayApi::Options options)
    : registry_(registry::v1::Registry::NewStub(peers_.channel())),
      accounts_(homeserver::v1::Accounts::NewStub(peers_.channel())),
      credentials_(homeserver::v1::Credentials::NewStub(peers_.channel())),
      keys_(homeserver::v1::Keys::NewStub(peers_.channel())),
      media_(homeserver::v1::Media::NewStub(peers_.channel())),
      push_rules_(homeserver::v1::PushRules::NewStub(peers_.channel())),
      rooms_(homeserver::v1::Rooms::NewStub(peers_.channel())),
      updates_(homeserver::v1::Updates::NewStub(peers_.channel())),
      user_directory_(homeserver::v1::UserDirectory::NewStub(peers_.channel())),
      push_(std::vector{peers_.channel()}),
      query_proxy_(query::v1::QueryProxy::NewStub(peers_.channel())),
      api_(WithMemory(std::move(options), media_memory_),
           {.registry = *registry_,
            .accounts = *accounts_,
            .credentials = *credentials_,
            .keys = *keys_,
            .media = *media_,
            .push_rules = *push_rules_,
            .rooms = *rooms_,
            .updates = *updates_,
            .user_directory = *user_directory_,
            .push_dispatchers = push_,
            .query_proxy = *query_proxy_,
            .latest = latest_},
           clock_) {
  using enum namespaces::NamespaceKind;
  latest_.Set(registry_watch::SnapshotBuilder("hs.test")
                  .Revision(7)
                  .Add({.id = "irc", .namespaces = {{kUsers, "@irc_.*", true}}},
                       "as_irc")
                  .Build());
  using homeserver::v1::AuthenticateRequest;
  using homeserver::v1::AuthenticateResponse;
  peers_.Answer<AuthenticateRequest, AuthenticateResponse>(
      absl::StrCat(kAccounts, "Authenticate"),
      [](const AuthenticateRequest& request)
          -> absl::StatusOr<AuthenticateResponse> {
        if (request.access_token_sha256() != matrix::Sha256("person")) {
          return matrix::UnknownToken();
        }
        AuthenticateResponse response;
        response.set_user_id("@alice:hs.test");
        response.set_device_id("DEV");
        return response;
      });
  peers_.Fail(absl::StrCat(kRegistry, "Authenticate"),
              matrix::NotFound("such application service"));
  absl::StatusOr<std::unique_ptr<HttpServer>> server = HttpServer::Listen(
      {.listen = "127.0.0.1:0", .limits = {.upload_budget = &media_memory_}},
      [this](HttpRequest request) { return api_.Handle(std::move(request)); },
      observer_, clock_);
  if (!server.ok()) std::abort();
  server_ = *std::move(server);
}

std::unique_ptr<RawHttpClient> ApiFixture::Connect() {
  return std::make_unique<RawHttpClient>(server_->address());
}

ApiAnswer ApiFixture::Call(absl::string_view method, absl::string_view target,
                           absl::string_view body, absl::string_view token) {
  const std::string authorization =
      token.empty() ? ""
                    : absl::StrCat("Authorization: Bearer ", token, "\r\n");
  const auto client = Connect();
  client->Send(absl::StrCat(method, " ", target,
                            " HTTP/1.1\r\nHost: hs.test\r\n", authorization,
                            "Content-Length: ", body.size(), "\r\n\r\n", body));
  ApiAnswer answer;
  answer.raw = client->ReadAnswer(method != "HEAD");
  answer.status = answer.raw.status;
  answer.body = nlohmann::json::parse(answer.raw.body, nullptr,
                                      /*allow_exceptions=*/false);
  return answer;
}

}  // namespace causeway::gateway
