#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_HANDLER_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_HANDLER_H_

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "services/gateway/http/http_message.h"

namespace causeway::gateway {

// Answers one request. Runs on the thread of the request's connection, which
// it must not block, and is resumed there. Requests of one connection are
// answered one after the other, requests of different ones at the same time.
using HttpHandler =
    std::function<boost::asio::awaitable<HttpResponse>(HttpRequest)>;

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_HANDLER_H_
