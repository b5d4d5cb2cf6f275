#ifndef CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_CONNECTION_H_
#define CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_CONNECTION_H_

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "services/gateway/http/connection_stream.h"
#include "services/gateway/http/http_handler.h"
#include "services/gateway/http/http_limits.h"
#include "services/gateway/http/http_message.h"
#include "services/gateway/http/http_observer.h"
#include "services/gateway/http/operation_deadline.h"
#include "services/gateway/http/read_buffer.h"
#include "services/gateway/http/request_parser.h"
#include "services/shared/clock/clock.h"

namespace causeway::gateway {

// What the connections of one server have in common.
struct ConnectionSettings {
  HttpLimits limits;
  HttpHandler handler;
  HttpObserver& observer;
  Clock& clock;
  std::atomic<int> requests_in_flight = 0;
};

// One connection of HTTP/1.1, from accept to close.
//
// Two coroutines share it. The reader parses requests, up to
// pipeline_depth_max ahead, into a queue; the answerer takes them from there
// one at a time, in order, so that what a client pipelined happens in its
// order. The reader goes on reading when nothing more is to be asked: that is
// how a client's hanging up is noticed while a long poll waits.
//
//   socket -> reader -> [request | continue | refusal | end] -> answerer ->
//   socket
//
// The last answer doesn't end the connection at once: closing a socket with
// unread bytes resets it, and the reset may overtake the answer. So the
// answerer only ends its own direction, and the reader swallows what the client
// still sends, for at most linger_timeout; its end is the connection's.
//
// With TLS a handshake comes before all this, for at most header_timeout.
//
// Belongs to the thread that runs the socket's executor.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // `settings` must outlive the connection.
  // Without TLS if `tls` is null.
  HttpConnection(boost::asio::ip::tcp::socket socket,
                 std::shared_ptr<boost::asio::ssl::context> tls,
                 ConnectionSettings& settings);

  // `on_closed` is called once, as the last thing.
  void Start(std::function<void()> on_closed);
  // In place of Start(): answers `refusal` unasked, and closes.
  void Refuse(HttpResponse refusal, std::function<void()> on_closed);

  // Closes the connection when what has been begun is answered. Handlers that
  // only wait are told to stop.
  void Drain();
  // Closes the connection now, and cancels what its handler waits for.
  void Abort();

 private:
  void Open(std::function<void()> on_closed);
  // The handshake, if there is to be one. Whether it succeeded.
  boost::asio::awaitable<bool> Secure();
  void Run();
  void CloseSocket();
  void Close();

  struct ParsedRequest {
    HttpRequest request;
    bool keep_alive = false;
    bool is_http_1_0 = false;
    absl::Duration parse_time;  // When its last byte had come.
  };
  struct ContinueWanted {};  // The client waits for "100 Continue".
  struct EndOfRequests {};   // Nothing more will be asked.
  // A request by pointer: there are four places for what comes in, all but one
  // of them empty, on each of thousands of connections.
  using Incoming = std::variant<EndOfRequests, std::unique_ptr<ParsedRequest>,
                                ContinueWanted, HttpResponse /* a refusal */>;
  using IncomingQueue = boost::asio::experimental::channel<void(
      boost::system::error_code, Incoming)>;

  // The reader.
  boost::asio::awaitable<void> ReadRequests();
  boost::asio::awaitable<Incoming> ReadRequest();
  boost::asio::awaitable<void> SwallowRest();
  boost::asio::awaitable<boost::system::error_code> ReadSome();
  boost::asio::awaitable<bool> Enqueue(Incoming incoming);
  Incoming WhyReadingEnded(boost::system::error_code error,
                           RequestParser::State state) const;
  void SetReadDeadline(RequestParser::State state);

  // The answerer.
  boost::asio::awaitable<void> AnswerRequests();
  // Both take what they are given; it lives until they have ended. Thousands
  // wait in them, so a frame holds no more than it needs.
  boost::asio::awaitable<bool> Answer(ParsedRequest& parsed);
  boost::asio::awaitable<HttpResponse> Handle(HttpRequest& request);
  boost::asio::awaitable<bool> Write(absl::string_view head,
                                     absl::string_view body);
  boost::asio::awaitable<bool> AnswerRefusal(HttpResponse refusal);
  boost::asio::awaitable<bool> EndAnswers();

  ConnectionStream stream_;
  ConnectionSettings& settings_;
  std::string peer_address_;  // Empty: it has gone already.
  std::function<void()> on_closed_;
  ReadBuffer buffer_;
  IncomingQueue queue_;
  OperationDeadline read_deadline_;
  OperationDeadline write_deadline_;
  std::stop_source stop_waiting_;
  boost::asio::cancellation_signal abort_;

  int unanswered_count_ = 0;     // Requests read and not yet answered.
  bool is_reader_idle_ = false;  // Waits for a request's first byte.
  bool is_reader_done_ = false;  // No request will follow those queued.
  bool is_peer_done_ = false;
  bool is_draining_ = false;
  bool has_ended_answers_ = false;  // Of our direction.
};

}  // namespace causeway::gateway

#endif  // CAUSEWAY_SERVICES_GATEWAY_HTTP_HTTP_CONNECTION_H_
