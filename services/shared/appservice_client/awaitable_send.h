// AppserviceClient::Send() for coroutines.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_

#include <boost/asio/awaitable.hpp>

#include "absl/status/statusor.h"
#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {

// Sends and waits; goes on on the coroutine's own executor, which counts the
// wait as work. `client` must live until then. Errors as Send().
boost::asio::awaitable<absl::StatusOr<AppserviceResponse>> Send(
    AppserviceClient& client, AppserviceRequest request);

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_AWAITABLE_SEND_H_
