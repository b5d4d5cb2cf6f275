// AppserviceClient::Send() for coroutines: one request, or several at once.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

// Sends and waits; goes on on the coroutine's own executor, which counts the
// wait as work. `client` must live until then. Errors as Send().
boost::asio::awaitable<absl::StatusOr<AppserviceResponse>> Send(
    AppserviceClient& client, AppserviceRequest request);

// Sends all of them and waits for all: for as long as the longest `timeout` of
// one. What came of each, in their order; otherwise as above.
boost::asio::awaitable<std::vector<absl::StatusOr<AppserviceResponse>>> SendAll(
    AppserviceClient& client, std::vector<AppserviceRequest> requests);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_
