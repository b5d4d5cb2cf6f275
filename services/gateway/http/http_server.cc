#include "services/gateway/http/http_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/gateway/http/http_connection.h"
#include "services/gateway/http/http_errors.h"
#include "services/gateway/http/server_certificate.h"
#include "services/shared/server/listen_address.h"
#include "services/shared/server/logging.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAwaitTuple = asio::as_tuple(asio::use_awaitable);

// Above connections_max so many more are accepted, to be told so.
constexpr int kRefusalsMax = 100;
// Before the next accept when one failed (out of descriptors), or when even
// refusals are too many: the kernel keeps those who come.
constexpr std::chrono::milliseconds kAcceptPause(50);

}  // namespace

// A thread, and the connections that live on it.
class Worker {
 public:
  Worker() : thread_([this] { context_.run(); }) {}

  // Waits until what was posted and every coroutine has ended. Comes last.
  void Join() {
    work_.reset();
    thread_.join();
  }

  asio::io_context& context() { return context_; }

  // On this worker's thread.
  void Add(const std::shared_ptr<HttpConnection>& connection) {
    connections_.emplace(connection.get(), connection);
  }
  void Remove(HttpConnection* connection) { connections_.erase(connection); }

  // Calls `act` on each connection, on this worker's thread, later.
  void PostToEach(void (HttpConnection::*act)()) {
    asio::post(context_, [this, act] {
      // A copy: a connection may end, and remove itself, at once.
      const auto connections = connections_;
      for (const auto& [key, connection] : connections) {
        ((*connection).*act)();
      }
    });
  }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{
      context_.get_executor()};
  absl::flat_hash_map<HttpConnection*, std::shared_ptr<HttpConnection>>
      connections_;
  std::thread thread_;
};

class HttpServer::Listener {
 public:
  Listener(const Options& options, HttpHandler handler, HttpObserver& observer,
           Clock& clock)
      : settings_{options.limits, std::move(handler), observer, clock} {
    for (int i = 0; i < options.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>());
    }
    acceptor_ = std::make_unique<tcp::acceptor>(workers_[0]->context());
  }

  // asio::post() throws only std::bad_alloc, and there is no going on then.
  ~Listener() {  // NOLINT(bugprone-exception-escape)
    StartDraining();
    for (const auto& worker : workers_) {
      worker->PostToEach(&HttpConnection::Abort);
    }
    AwaitDrained(absl::InfiniteDuration());
    // Before the acceptor goes, which they use.
    for (const auto& worker : workers_) worker->Join();
  }

  absl::Status Listen(const Options& options) {
    if (!options.certificate_file.empty()) {
      CAUSEWAY_ASSIGN_OR_RETURN(
          certificate_,
          ServerCertificate::FromFiles({.certificate = options.certificate_file,
                                        .key = options.key_file},
                                       settings_.observer, settings_.clock));
    }
    const std::string& listen = options.listen;
    CAUSEWAY_ASSIGN_OR_RETURN(const server::ListenAddress address,
                              server::ListenAddress::Parse(listen));
    try {
      const tcp::endpoint endpoint(asio::ip::make_address(address.host),
                                   address.port);
      acceptor_->open(endpoint.protocol());
      acceptor_->set_option(tcp::acceptor::reuse_address(true));
      acceptor_->bind(endpoint);
      acceptor_->listen();
      address_ =
          server::ListenAddress{.host = address.host,
                                .port = acceptor_->local_endpoint().port()}
              .ToString();
    } catch (const boost::system::system_error& failure) {
      return absl::UnavailableError(absl::StrCat(
          "can't listen on ", listen, ": ", failure.code().message()));
    }
    SetAccepting(true);
    asio::co_spawn(workers_[0]->context(), Accept(),
                   [this](const std::exception_ptr&) { SetAccepting(false); });
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }

  void StartDraining() ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      if (std::exchange(is_draining_, true)) return;
    }
    asio::post(workers_[0]->context(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    for (const auto& worker : workers_) {
      worker->PostToEach(&HttpConnection::Drain);
    }
  }

  bool AwaitDrained(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    const auto is_drained = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return connection_count_ == 0 && !is_accepting_;
    };
    return mu_.AwaitWithTimeout(absl::Condition(&is_drained), timeout);
  }

 private:
  asio::awaitable<void> Accept() {
    asio::steady_timer pause(workers_[0]->context());
    bool is_failing = false;
    for (size_t next = 0; acceptor_->is_open(); ++next) {
      Worker& worker = *workers_[next % workers_.size()];
      const bool is_crowded =
          connection_count() >= settings_.limits.connections_max + kRefusalsMax;
      if (!is_crowded) {
        auto [error, socket] =
            co_await acceptor_->async_accept(worker.context(), kAwaitTuple);
        if (!error) {
          Assign(worker, std::move(socket));
          is_failing = false;
          continue;
        }
        if (!acceptor_->is_open()) break;
        if (!std::exchange(is_failing, true)) {
          log::Warning("connections can't be accepted",
                       {{"error", error.message()}});
        }
      }
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwaitTuple);
    }
  }

  void Assign(Worker& worker, tcp::socket socket) ABSL_LOCKS_EXCLUDED(mu_) {
    bool is_refused = false;
    {
      absl::MutexLock lock(&mu_);
      is_refused = ++connection_count_ > settings_.limits.connections_max;
    }
    auto tls = certificate_ == nullptr ? nullptr : certificate_->Current();
    asio::post(worker.context(), [this, &worker, is_refused,
                                  tls = std::move(tls),
                                  socket = std::move(socket)]() mutable {
      auto connection = std::make_shared<HttpConnection>(
          std::move(socket), std::move(tls), settings_);
      worker.Add(connection);
      const auto on_closed = [this, &worker, key = connection.get()] {
        worker.Remove(key);
        absl::MutexLock lock(&mu_);
        --connection_count_;
      };
      if (is_refused) {
        connection->Refuse(TooManyConnections(settings_.limits.connections_max),
                           on_closed);
        return;
      }
      connection->Start(on_closed);
      if (is_draining()) connection->Drain();
    });
  }

  void SetAccepting(bool is_accepting) ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    is_accepting_ = is_accepting;
  }

  int connection_count() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return connection_count_;
  }

  bool is_draining() ABSL_LOCKS_EXCLUDED(mu_) {
    absl::MutexLock lock(&mu_);
    return is_draining_;
  }

  ConnectionSettings settings_;
  // Of the first worker's thread. Null: without TLS.
  std::unique_ptr<ServerCertificate> certificate_;
  std::string address_;
  absl::Mutex mu_;
  int connection_count_ ABSL_GUARDED_BY(mu_) = 0;
  bool is_accepting_ ABSL_GUARDED_BY(mu_) = false;
  bool is_draining_ ABSL_GUARDED_BY(mu_) = false;
  // Before `acceptor_`, which lives on the first worker's context.
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<tcp::acceptor> acceptor_;
};

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(
    Options options, HttpHandler handler, HttpObserver& observer,
    Clock& clock) {
  auto listener =
      std::make_unique<Listener>(options, std::move(handler), observer, clock);
  CAUSEWAY_RETURN_IF_ERROR(listener->Listen(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(listener)));
}

HttpServer::HttpServer(std::unique_ptr<Listener> listener)
    : listener_(std::move(listener)) {}

HttpServer::~HttpServer() = default;

const std::string& HttpServer::address() const { return listener_->address(); }

void HttpServer::StartDraining() { listener_->StartDraining(); }

bool HttpServer::AwaitDrained(absl::Duration timeout) {
  return listener_->AwaitDrained(timeout);
}

}  // namespace causeway::gateway
