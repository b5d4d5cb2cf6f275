#include "services/gateway/gateway_api.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "services/gateway/constant_routes.h"

namespace causeway::gateway {
namespace {

void Append(RouteTable part, RouteTable& table) {
  std::move(part.begin(), part.end(), std::back_inserter(table));
}

}  // namespace

GatewayApi::GatewayApi(const Options& options, const Peers& peers,
                       const Clock& clock, GatewayMetrics* metrics)
    : signs_of_life_(options.signs_of_life, heard_, peers.push_dispatchers),
      authenticator_(peers.latest, peers.registry, peers.accounts, heard_,
                     clock),
      rate_limits_(options.rate_limits, peers.latest, clock, metrics),
      registration_routes_(options.registration, peers.registry,
                           peers.push_dispatchers, peers.latest, clock, heard_),
      account_routes_(peers.accounts, authenticator_, rate_limits_),
      credential_routes_(peers.credentials, rate_limits_),
      media_routes_(options.media, peers.media),
      profile_routes_(peers.accounts),
      room_routes_(peers.rooms),
      event_routes_(peers.rooms),
      directory_routes_(peers.rooms),
      sync_routes_(peers.accounts, peers.rooms, peers.updates),
      update_routes_(peers.updates),
      push_rule_routes_(peers.push_rules),
      key_routes_(peers.keys),
      user_directory_routes_(peers.user_directory),
      ping_routes_(peers.query_proxy, heard_),
      third_party_routes_(peers.query_proxy),
      dispatcher_(MakeTable(), authenticator_, rate_limits_) {}

boost::asio::awaitable<HttpResponse> GatewayApi::Handle(
    HttpRequest request) const {
  return dispatcher_.Handle(std::move(request));
}

const RouteTable& GatewayApi::routes() const { return dispatcher_.routes(); }

RouteTable GatewayApi::MakeTable() {
  RouteTable table = ConstantRoutes();
  Append(registration_routes_.Routes(), table);
  Append(account_routes_.Routes(), table);
  Append(credential_routes_.Routes(), table);
  Append(media_routes_.Routes(), table);
  Append(profile_routes_.Routes(), table);
  Append(room_routes_.Routes(), table);
  Append(event_routes_.Routes(), table);
  Append(directory_routes_.Routes(), table);
  Append(sync_routes_.Routes(), table);
  Append(update_routes_.Routes(), table);
  Append(push_rule_routes_.Routes(), table);
  Append(key_routes_.Routes(), table);
  Append(user_directory_routes_.Routes(), table);
  Append(ping_routes_.Routes(), table);
  Append(third_party_routes_.Routes(), table);
  return table;
}

}  // namespace causeway::gateway
