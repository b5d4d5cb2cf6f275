#include "tests/bench/push/sink.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "services/shared/clock/clock.h"
#include "tests/bench/push/transaction_reader.h"
#include "tests/bench/shared/check.h"
#include "tests/bench/shared/listener.h"

namespace causeway::bench {
namespace {

constexpr int kBacklog = 4096;
constexpr int kEventsMax = 256;
constexpr size_t kReadBytes = 256 << 10;
constexpr absl::string_view kAcknowledgement =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{}";
constexpr absl::string_view kRefusal =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    "Content-Length: 2\r\n\r\n{}";

}  // namespace

class Sink::Loop {
 public:
  Loop(int appservice_count, Receipts& receipts)
      : receipts_(receipts),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        stop_(eventfd(0, EFD_CLOEXEC)),
        manners_(static_cast<size_t>(appservice_count)),
        buffer_(kReadBytes) {
    if (epoll_ < 0 || stop_ < 0) DieOfErrno("epoll");
    Watch(stop_);
    for (int i = 0; i < std::min(appservice_count, kPortsMax); ++i) {
      listeners_.push_back(ListenOnFreePort(kBacklog));
      Watch(listeners_.back());
    }
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    const uint64_t one = 1;
    if (write(stop_, &one, sizeof(one)) < 0) DieOfErrno("eventfd");
    thread_.join();
    for (const auto& [fd, reader] : connections_) close(fd);
    for (const int fd : listeners_) close(fd);
    close(stop_);
    close(epoll_);
  }

  std::string Url(int appservice) const {
    const size_t listener = appservice % listeners_.size();
    return absl::StrCat("http://127.0.0.1:", PortOf(listeners_[listener]), "/",
                        appservice);
  }

  void SetManner(int appservice, Manner manner) {
    manners_[appservice].store(manner);
  }

 private:
  void Watch(int fd) {
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      DieOfErrno("epoll_ctl");
    }
  }

  void Run() {
    epoll_event events[kEventsMax];
    while (true) {
      const int count = epoll_wait(epoll_, events, kEventsMax, -1);
      if (count < 0 && errno != EINTR) DieOfErrno("epoll_wait");
      for (int i = 0; i < count; ++i) {
        const int fd = events[i].data.fd;
        if (fd == stop_) return;
        if (const auto found = connections_.find(fd);
            found != connections_.end()) {
          Serve(fd, found->second);
        } else {
          Accept(fd);
        }
      }
    }
  }

  void Accept(int listener) {
    const int fd =
        accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == ECONNABORTED) return;
      DieOfErrno("accept");
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connections_[fd];
    Watch(fd);
  }

  void Serve(int fd, TransactionReader& reader) {
    const ssize_t count = recv(fd, buffer_.data(), buffer_.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      Drop(fd);
      return;
    }
    absl::string_view data(buffer_.data(), static_cast<size_t>(count));
    while (!data.empty()) {
      const absl::StatusOr<bool> complete = reader.Read(data);
      if (!complete.ok()) {
        receipts_.TakeProblem(complete.status().message());
        Drop(fd);
        return;
      }
      if (*complete) Answer(fd, reader.transaction());
    }
  }

  void Answer(int fd, const Transaction& transaction) {
    Manner manner = Manner::kAcknowledges;
    if (transaction.appservice >= 0 &&
        transaction.appservice < static_cast<int>(manners_.size())) {
      manner = manners_[transaction.appservice].load();
    }
    if (manner == Manner::kHangs) return;
    if (manner == Manner::kAcknowledges) {
      receipts_.Take(transaction, clock_.MonotonicNow());
    }
    const absl::string_view answer =
        manner == Manner::kAcknowledges ? kAcknowledgement : kRefusal;
    // So short that it always fits; a peer that is gone shows at the next read.
    (void)!send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  void Drop(int fd) {
    connections_.erase(fd);
    close(fd);  // Leaves the epoll set by itself.
  }

  const RealClock clock_;
  Receipts& receipts_;
  const int epoll_;
  const int stop_;
  std::vector<int> listeners_;
  std::vector<std::atomic<Manner>> manners_;
  std::vector<char> buffer_;                      // The thread's own,
  std::map<int, TransactionReader> connections_;  // and this.
  std::thread thread_;
};

Sink::Sink(int appservice_count, Receipts& receipts)
    : loop_(std::make_unique<Loop>(appservice_count, receipts)) {}

Sink::~Sink() = default;

std::string Sink::Url(int appservice) const { return loop_->Url(appservice); }

void Sink::SetManner(int appservice, Manner manner) {
  loop_->SetManner(appservice, manner);
}

}  // namespace causeway::bench
