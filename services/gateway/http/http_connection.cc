#include "services/gateway/http/http_connection.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "services/gateway/http/http_errors.h"
#include "services/gateway/http/response_head.h"
#include "services/shared/server/call_context.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);

// Counts a request for as long as its handler runs.
class InFlight {
 public:
  explicit InFlight(std::atomic<int>& count)
      : count_(count), others_(count.fetch_add(1)) {}
  ~InFlight() { count_.fetch_sub(1); }

  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  int others() const { return others_; }

 private:
  std::atomic<int>& count_;
  const int others_;
};

}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket,
                               std::shared_ptr<asio::ssl::context> tls,
                               ConnectionSettings& settings)
    : stream_(std::move(socket), std::move(tls)),
      settings_(settings),
      queue_(stream_.get_executor(), settings.limits.pipeline_depth_max),
      read_deadline_(stream_.get_executor()),
      write_deadline_(stream_.get_executor()) {}

void HttpConnection::Start(std::function<void()> on_closed) {
  Open(std::move(on_closed));
  if (!stream_.is_tls()) {
    Run();
    return;
  }
  asio::co_spawn(
      stream_.get_executor(),
      [self = shared_from_this()] { return self->Secure(); },
      [self = shared_from_this()](const std::exception_ptr& failure,
                                  bool is_secure) {
        !failure&& is_secure ? self->Run() : self->Close();
      });
}

void HttpConnection::Run() {
  asio::co_spawn(
      stream_.get_executor(),
      [self = shared_from_this()] { return self->ReadRequests(); },
      [self = shared_from_this()](const std::exception_ptr& failure) {
        if (failure) self->Abort();
      });
  asio::co_spawn(
      stream_.get_executor(),
      [self = shared_from_this()] { return self->AnswerRequests(); },
      asio::bind_cancellation_slot(
          abort_.slot(), [self = shared_from_this()](
                             const std::exception_ptr&) { self->Close(); }));
}

void HttpConnection::Refuse(HttpResponse refusal,
                            std::function<void()> on_closed) {
  Open(std::move(on_closed));
  is_reader_done_ = true;
  unanswered_count_ = 1;
  asio::co_spawn(
      stream_.get_executor(),
      [self = shared_from_this(),
       refusal = std::move(refusal)]() -> asio::awaitable<void> {
        if (!co_await self->Secure()) co_return;
        if (!co_await self->AnswerRefusal(refusal)) co_return;
        co_await self->SwallowRest();
      },
      [self = shared_from_this()](const std::exception_ptr&) {
        self->Close();
      });
}

void HttpConnection::Drain() {
  is_draining_ = true;
  if (is_reader_idle_) read_deadline_.CancelNow();
  stop_waiting_.request_stop();
}

void HttpConnection::Abort() {
  CloseSocket();
  abort_.emit(asio::cancellation_type::terminal);
}

void HttpConnection::CloseSocket() {
  stream_.Close();
  queue_.close();
  stop_waiting_.request_stop();
}

void HttpConnection::Open(std::function<void()> on_closed) {
  on_closed_ = std::move(on_closed);
  settings_.observer.ConnectionOpened();
  peer_address_ = stream_.PeerAddress();
}

asio::awaitable<bool> HttpConnection::Secure() {
  if (!stream_.is_tls()) co_return true;
  read_deadline_.Set(settings_.limits.header_timeout);
  const auto [error] = co_await stream_.AsyncHandshake(
      asio::bind_cancellation_slot(read_deadline_.slot(), kAwaitTuple));
  if (error) {
    settings_.observer.HandshakeFailed(
        read_deadline_.expired() ? "it took too long" : error.message());
  }
  read_deadline_.Clear();
  co_return !error;
}

void HttpConnection::Close() {
  CloseSocket();
  settings_.observer.ConnectionClosed();
  std::exchange(on_closed_, nullptr)();
}

asio::awaitable<void> HttpConnection::ReadRequests() {
  bool awaits_answers = true;
  while (!is_reader_done_) {
    Incoming incoming = co_await ReadRequest();
    const auto* parsed = std::get_if<std::unique_ptr<ParsedRequest>>(&incoming);
    if (parsed == nullptr || !(*parsed)->keep_alive || is_draining_) {
      is_reader_done_ = true;
      read_deadline_.Clear();
    }
    if (std::holds_alternative<EndOfRequests>(incoming)) {
      awaits_answers = unanswered_count_ > 0;
    } else if (!co_await Enqueue(std::move(incoming))) {
      co_return;
    }
  }
  if (awaits_answers) co_await SwallowRest();
  co_await Enqueue(EndOfRequests());
}

asio::awaitable<HttpConnection::Incoming> HttpConnection::ReadRequest() {
  using State = RequestParser::State;
  RequestParser parser(settings_.limits);
  std::optional<State> timed_state;
  bool is_continue_sent = false;
  for (;;) {
    buffer_.Take(parser.Put(buffer_.unread()));
    if (parser.state() == State::kFailed) co_return parser.error();
    if (parser.state() == State::kDone) {
      read_deadline_.Clear();
      co_return std::make_unique<ParsedRequest>(
          ParsedRequest{.request = parser.TakeRequest(),
                        .keep_alive = parser.keep_alive(),
                        .is_http_1_0 = parser.is_http_1_0(),
                        .parse_time = settings_.clock.MonotonicNow()});
    }
    if (parser.state() == State::kBody && parser.expects_continue() &&
        !std::exchange(is_continue_sent, true) &&
        !co_await Enqueue(ContinueWanted())) {
      co_return EndOfRequests();
    }
    if (parser.state() == State::kEmpty && is_draining_) {
      co_return EndOfRequests();
    }
    if (std::exchange(timed_state, parser.state()) != parser.state()) {
      SetReadDeadline(parser.state());
    }
    is_reader_idle_ = parser.state() == State::kEmpty;
    const error_code error = co_await ReadSome();
    is_reader_idle_ = false;
    if (error) co_return WhyReadingEnded(error, parser.state());
  }
}

// Until the client has ended its direction, or as long after the last answer as
// EndAnswers() says.
asio::awaitable<void> HttpConnection::SwallowRest() {
  while (!is_peer_done_ && !read_deadline_.expired()) {
    buffer_.Take(buffer_.unread().size());
    co_await ReadSome();
  }
}

asio::awaitable<error_code> HttpConnection::ReadSome() {
  const bool may_last = is_reader_idle_ || is_reader_done_;
  const absl::Span<char> room = may_last && buffer_.unread().empty()
                                    ? buffer_.IdleRoom()
                                    : buffer_.Room();
  const auto [error, byte_count] = co_await stream_.async_read_some(
      asio::buffer(room.data(), room.size()),
      asio::bind_cancellation_slot(read_deadline_.slot(), kAwaitTuple));
  buffer_.Grow(byte_count);
  if (error && error != asio::error::operation_aborted) {
    is_peer_done_ = true;
    stop_waiting_.request_stop();
  }
  co_return error;
}

// The socket gave an error while the parser was in this state.
HttpConnection::Incoming HttpConnection::WhyReadingEnded(
    error_code error, RequestParser::State state) const {
  if (state == RequestParser::State::kEmpty) return EndOfRequests();
  if (read_deadline_.expired()) {
    return state == RequestParser::State::kHeader
               ? HeaderTimedOut(settings_.limits.header_timeout)
               : BodyTimedOut(settings_.limits.body_timeout);
  }
  // It may have closed only its own direction, and still read.
  if (error == asio::error::eof) return RequestCutShort();
  return EndOfRequests();
}

void HttpConnection::SetReadDeadline(RequestParser::State state) {
  const HttpLimits& limits = settings_.limits;
  if (state == RequestParser::State::kHeader) {
    read_deadline_.Set(limits.header_timeout);
  } else if (state == RequestParser::State::kBody) {
    read_deadline_.Set(limits.body_timeout);
  } else if (unanswered_count_ == 0) {
    read_deadline_.Set(limits.idle_timeout);
  } else {
    // A client that waits for an answer isn't idle.
    read_deadline_.Clear();
  }
}

// False when the answerer has given up.
asio::awaitable<bool> HttpConnection::Enqueue(Incoming incoming) {
  if (std::holds_alternative<std::unique_ptr<ParsedRequest>>(incoming) ||
      std::holds_alternative<HttpResponse>(incoming)) {
    ++unanswered_count_;
  }
  const auto [error] = co_await queue_.async_send(
      error_code(), std::move(incoming), kAwaitTuple);
  co_return !error;
}

asio::awaitable<void> HttpConnection::AnswerRequests() {
  for (bool is_open = true; is_open;) {
    auto [error, incoming] = co_await queue_.async_receive(kAwaitTuple);
    if (error) co_return;
    // Read at the last moment: the client knows that it isn't answered, and may
    // repeat it elsewhere.
    if (has_ended_answers_ &&
        !std::holds_alternative<EndOfRequests>(incoming)) {
      read_deadline_.Set(settings_.limits.linger_timeout);
      continue;
    }
    if (auto* parsed = std::get_if<std::unique_ptr<ParsedRequest>>(&incoming)) {
      is_open = co_await Answer(**parsed);
    } else if (auto* refusal = std::get_if<HttpResponse>(&incoming)) {
      is_open = co_await AnswerRefusal(std::move(*refusal));
    } else if (std::holds_alternative<ContinueWanted>(incoming)) {
      is_open = co_await Write("HTTP/1.1 100 Continue\r\n\r\n", "");
    } else {
      is_open = false;
    }
  }
}

// Whether the connection stays open, if only until the reader ends it.
asio::awaitable<bool> HttpConnection::Answer(ParsedRequest& parsed) {
  HttpRequest& request = parsed.request;
  if (request.request_id.empty()) request.request_id = server::MakeRequestId();
  AnsweredRequest answered = {.method = request.method,
                              .request_id = request.request_id,
                              .request_body_bytes = request.body.size()};
  const HttpResponse response = co_await Handle(request);
  // An idle reader is done too once draining, though it may not know it yet.
  const bool will_read_more =
      !is_reader_done_ && !(is_draining_ && is_reader_idle_);
  const bool is_last =
      !parsed.keep_alive || (!will_read_more && unanswered_count_ == 1);
  const std::string head =
      ResponseHead(response, {.date = settings_.clock.Now(),
                              .request_id = answered.request_id,
                              .is_last = is_last,
                              .is_http_1_0 = parsed.is_http_1_0});
  const bool is_head = answered.method == "HEAD";
  const bool is_written =
      co_await Write(head, is_head ? absl::string_view() : response.body);
  --unanswered_count_;
  answered.route = response.route;
  answered.fault = response.fault;
  answered.status = response.status;
  answered.response_body_bytes = response.body.size();
  answered.elapsed = settings_.clock.MonotonicNow() - parsed.parse_time;
  settings_.observer.RequestAnswered(answered);
  if (!is_written) co_return false;
  // The reader may have ended meanwhile.
  if (is_last || (is_reader_done_ && unanswered_count_ == 0)) {
    co_return co_await EndAnswers();
  }
  if (is_reader_idle_) SetReadDeadline(RequestParser::State::kEmpty);
  co_return true;
}

asio::awaitable<HttpResponse> HttpConnection::Handle(HttpRequest& request) {
  const HttpLimits& limits = settings_.limits;
  const InFlight in_flight(settings_.requests_in_flight);
  if (in_flight.others() >= limits.requests_in_flight_max) {
    co_return TooManyRequests(limits.requests_in_flight_max);
  }
  absl::StatusOr<RequestTarget> target = ParseRequestTarget(request.target);
  if (!target.ok()) co_return ErrorResponse(target.status());
  request.parsed = *std::move(target);
  if (request.client_address.empty()) request.client_address = peer_address_;
  request.deadline = settings_.clock.Now() + limits.request_timeout;
  request.stop_waiting = stop_waiting_.get_token();
  HttpResponse response;
  try {
    response = co_await settings_.handler(std::move(request));
  } catch (const std::exception& thrown) {
    response = HandlerFailed();
    response.fault = thrown.what();
  }
  co_return response;
}

// As Answer().
asio::awaitable<bool> HttpConnection::AnswerRefusal(HttpResponse refusal) {
  const std::string head =
      ResponseHead(refusal, {.date = settings_.clock.Now(), .is_last = true});
  const bool is_written = co_await Write(head, refusal.body);
  --unanswered_count_;
  settings_.observer.RequestAnswered(
      {.status = refusal.status, .response_body_bytes = refusal.body.size()});
  if (!is_written) co_return false;
  co_return co_await EndAnswers();
}

asio::awaitable<bool> HttpConnection::Write(absl::string_view head,
                                            absl::string_view body) {
  const std::array<asio::const_buffer, 2> buffers = {
      asio::buffer(head.data(), head.size()),
      asio::buffer(body.data(), body.size())};
  write_deadline_.Set(settings_.limits.write_timeout);
  const auto [error, byte_count] = co_await asio::async_write(
      stream_, buffers,
      asio::bind_cancellation_slot(write_deadline_.slot(), kAwaitTuple));
  write_deadline_.Clear();
  co_return !error;
}

// Ends our direction, and gives the client some time to end its own. False when
// it can't be waited for.
asio::awaitable<bool> HttpConnection::EndAnswers() {
  has_ended_answers_ = true;
  if (stream_.is_tls()) {
    // The reader begins anew, outside of TLS.
    read_deadline_.CancelNow();
    write_deadline_.Set(settings_.limits.linger_timeout);
    const auto [error] = co_await stream_.AsyncEndTls(
        asio::bind_cancellation_slot(write_deadline_.slot(), kAwaitTuple));
    write_deadline_.Clear();
    if (error) co_return false;
  }
  stream_.EndWriting();
  read_deadline_.Set(settings_.limits.linger_timeout);
  co_return true;
}

}  // namespace causeway::gateway
