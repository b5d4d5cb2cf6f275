#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_CONNECTION_STREAM_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_CONNECTION_STREAM_H_

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace causeway::gateway {

// The bytes of one client's connection, over TLS or plain: what Asio's
// async_write() writes to and what is read from. One read and one write may be
// under way at a time.
//
// Belongs to the thread that runs the socket's executor.
class ConnectionStream {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  // `tls` may be null: plain.
  ConnectionStream(boost::asio::ip::tcp::socket socket,
                   std::shared_ptr<boost::asio::ssl::context> tls);
  ConnectionStream(const ConnectionStream&) = delete;
  ConnectionStream& operator=(const ConnectionStream&) = delete;

  executor_type get_executor() { return socket_.get_executor(); }
  bool is_tls() const { return tls_ != nullptr; }
  // Its address. Empty: it has gone already.
  std::string PeerAddress() const;

  // Before anything else, if it is_tls(). Completes with an error_code.
  template <typename Token>
  auto AsyncHandshake(Token&& token) {
    return tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                 std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return Initiate(
        [this](auto handler, const Buffers& to) {
          tls_ == nullptr || is_tls_over_
              ? socket_.async_read_some(to, std::move(handler))
              : tls_->async_read_some(to, std::move(handler));
        },
        buffers, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return Initiate(
        [this](auto handler, const Buffers& from) {
          tls_ == nullptr ? socket_.async_write_some(from, std::move(handler))
                          : tls_->async_write_some(from, std::move(handler));
        },
        buffers, std::forward<Token>(token));
  }

  // Ends our direction, of TLS alone, once all is written; EndWriting() is to
  // follow. What is read from now on is what the peer still sends, for nobody.
  // If it is_tls(). Completes with an error_code.
  template <typename Token>
  auto AsyncEndTls(Token&& token) {
    // Else it would wait for the peer to end, too, and give up at anything else
    // that it sends.
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    is_tls_over_ = true;
    return tls_->async_shutdown(std::forward<Token>(token));
  }
  // Ends our direction of the connection.
  void EndWriting();

  // At once, both directions.
  void Close();

 private:
  template <typename Initiation, typename Buffers, typename Token>
  static auto Initiate(Initiation initiation, const Buffers& buffers,
                       Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code,
                                                   std::size_t)>(
        std::move(initiation), token, buffers);
  }

  boost::asio::ip::tcp::socket socket_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  // Over `socket_`. Null: plain.
  std::unique_ptr<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  bool is_tls_over_ = false;
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_CONNECTION_STREAM_H_
