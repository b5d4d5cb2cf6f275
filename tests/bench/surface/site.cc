#include "tests/bench/surface/site.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "causeway/registry/v1/registry.grpc.pb.h"
#include "services/shared/clock/clock.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/matrix/token.h"
#include "services/shared/server/channel.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

namespace registry = causeway::registry::v1;
using matrix::Json;

constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr int kConnections = 16;
constexpr char kBridgeId[] = "bench_bridge";

std::string Encode(absl::string_view text) {
  return matrix::EncodeUriComponent(text);
}

void GrantEverything(const std::string& address, const std::string& as_token) {
  const auto stub = registry::Registry::NewStub(server::MakeChannel(address));
  registry::CreateGrantRequest request;
  request.set_name(kBridgeId);
  request.set_as_token_sha256(matrix::Sha256(as_token));
  request.mutable_ceilings()->add_users(".*");
  request.mutable_ceilings()->add_aliases(".*");
  request.mutable_ceilings()->add_rooms(".*");
  request.set_allow_broad(true);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(RealClock().Now() + kPatience));
  registry::Grant response;
  CheckOk(stub->CreateGrant(&context, request, &response), "CreateGrant");
}

Json ParseAnswer(const std::string& body) {
  absl::StatusOr<Json> json = matrix::ParseObject(body);
  if (!json.ok()) Die(absl::StrCat("not an object: ", body));
  return *std::move(json);
}

}  // namespace

std::string ClientPath(absl::string_view rest) {
  return absl::StrCat("/_matrix/client/v3", rest);
}

std::string SendPath(absl::string_view room_id, absl::string_view txn_id,
                     absl::string_view user_id) {
  return ClientPath(absl::StrCat("/rooms/", Encode(room_id),
                                 "/send/m.room.message/", txn_id,
                                 "?user_id=", Encode(user_id)));
}

Site::Site(Options options)
    : options_(std::move(options)),
      sink_(loop_),
      as_token_(matrix::RandomHexToken()),
      client_(std::make_unique<HttpClient>(loop_, options_.gateway_port,
                                           kConnections)) {
  GrantEverything(options_.registry, as_token_);
  RegisterBridge();
}

void Site::RegisterBridge() {
  const Json exclusive_users = {{"regex", "@bridge_.*:bench\\.test"},
                                {"exclusive", true}};
  const Json exclusive_aliases = {{"regex", "#bridge_.*:bench\\.test"},
                                  {"exclusive", true}};
  Call("POST", "/_matrix/appservice/v1/register",
       {{"id", kBridgeId},
        {"url", sink_.Url()},
        {"as_token", as_token_},
        {"sender_localpart", kBridgeId},
        {"rate_limited", false},
        {"namespaces",
         {{"users", Json::array({exclusive_users})},
          {"aliases", Json::array({exclusive_aliases})},
          {"rooms", Json::array()}}}});
}

Json Site::Call(absl::string_view method, absl::string_view target,
                const Json& body) {
  Json result;
  CallAll(
      *client_, 1,
      [&](int) {
        return MakeRequest(method, target, as_token_,
                           body.is_null() ? "" : matrix::DumpJson(body));
      },
      [&](int, const std::string& answer) { result = ParseAnswer(answer); });
  return result;
}

void Site::CallAll(
    HttpClient& client, int count,
    const std::function<std::string(int)>& request,
    const std::function<void(int, const std::string& body)>& answered) {
  int next = 0;
  int done = 0;
  std::function<void(int)> send_next = [&](int connection) {
    if (next == count) return;
    const int index = next++;
    client.Send(
        connection, request(index),
        [&, connection, index](int status, const std::string& body) {
          if (status != 200) {
            Die(absl::StrCat(status, " ", body, " to ", request(index)));
          }
          ++done;
          answered(index, body);
          send_next(connection);
        });
  };
  for (int i = 0; i < client.connection_count(); ++i) send_next(i);
  loop_.RunUntil([&] { return done == count; }, kPatience, "answers");
}

std::string Site::UserId(absl::string_view name, int index) const {
  return absl::StrFormat("@bridge_%s_%d:bench.test", name, index);
}

std::vector<std::string> Site::RegisterUsers(absl::string_view name,
                                             int count) {
  std::vector<std::string> tokens(static_cast<size_t>(count));
  CallAll(
      *client_, count,
      [&](int index) {
        return MakeRequest(
            "POST", ClientPath("/register"), as_token_,
            matrix::DumpJson(
                {{"type", "m.login.application_service"},
                 {"username", absl::StrFormat("bridge_%s_%d", name, index)}}));
      },
      [&](int index, const std::string& body) {
        tokens[static_cast<size_t>(index)] =
            ParseAnswer(body)["access_token"].get<std::string>();
      });
  return tokens;
}

std::string Site::RegisterPerson(absl::string_view localpart) {
  return Call("POST", ClientPath("/register"),
              {{"username", localpart},
               {"password", "correct horse battery staple"},
               {"auth", {{"type", "m.login.dummy"}}}})["access_token"]
      .get<std::string>();
}

std::string Site::MakeRoom(const std::string& creator,
                           const std::vector<std::string>& members) {
  const auto as_user = [](absl::string_view rest, absl::string_view user_id) {
    return ClientPath(absl::StrCat(rest, "?user_id=", Encode(user_id)));
  };
  const std::string room_id = Call("POST", as_user("/createRoom", creator),
                                   {{"preset", "public_chat"}})["room_id"]
                                  .get<std::string>();
  CallAll(
      *client_, static_cast<int>(members.size()),
      [&](int index) {
        return MakeRequest("POST",
                           as_user(absl::StrCat("/join/", Encode(room_id)),
                                   members[static_cast<size_t>(index)]),
                           as_token_, "{}");
      },
      [](int, const std::string&) {});
  return room_id;
}

}  // namespace causeway::bench
