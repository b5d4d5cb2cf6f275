#include "services/gateway/http/connection_stream.h"

namespace causeway::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

ConnectionStream::ConnectionStream(tcp::socket socket,
                                   std::shared_ptr<asio::ssl::context> tls)
    : socket_(std::move(socket)), context_(std::move(tls)) {
  // An answer is written in one piece; waiting for more would only delay it.
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  if (context_ == nullptr) return;
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, *context_);
}

std::string ConnectionStream::PeerAddress() const {
  error_code error;
  const tcp::endpoint peer = socket_.remote_endpoint(error);
  return error ? "" : peer.address().to_string();
}

void ConnectionStream::EndWriting() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void ConnectionStream::Close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace causeway::gateway
