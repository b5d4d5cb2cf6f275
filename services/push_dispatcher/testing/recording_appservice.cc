#include "services/push_dispatcher/testing/recording_appservice.h"

#include <cstdio>
#include <cstdlib>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

namespace causeway::push {
namespace {

// What is waited for comes within milliseconds, or not at all.
constexpr absl::Duration kPatience = absl::Seconds(30);

// "PUT /transactions/ID?access_token=T HTTP/1.1"
std::string TxnIdOf(const std::string& request_line) {
  const std::vector<std::string> words = absl::StrSplit(request_line, ' ');
  const std::vector<std::string> path =
      absl::StrSplit(words[1].substr(0, words[1].find('?')), '/');
  return path.back();
}

}  // namespace

RecordingAppservice::RecordingAppservice()
    : reply_(appservice_client::Reply(200, "{}")),
      server_([this](const appservice_client::ReceivedRequest& request) {
        return Handle(request);
      }) {}

RecordingAppservice::Reply RecordingAppservice::Handle(
    const appservice_client::ReceivedRequest& request) {
  absl::MutexLock lock(&mu_);
  attempts_.push_back({TxnIdOf(request.request_line()), request.body});
  return reply_;
}

void RecordingAppservice::AnswerWith(Reply reply) {
  absl::MutexLock lock(&mu_);
  reply_ = std::move(reply);
}

void RecordingAppservice::Await(std::function<bool()> reached) {
  if (mu_.AwaitWithTimeout(absl::Condition(&reached), kPatience)) return;
  fprintf(stderr, "not reached; %zu attempts so far\n", attempts_.size());
  for (const Attempt& attempt : attempts_) {
    fprintf(stderr, "  %s %s\n", attempt.txn_id.c_str(), attempt.body.c_str());
  }
  abort();
}

std::vector<RecordingAppservice::Attempt> RecordingAppservice::AwaitAttempts(
    size_t count) {
  absl::MutexLock lock(&mu_);
  Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return attempts_.size() >= count;
  });
  return attempts_;
}

std::vector<RecordingAppservice::Attempt> RecordingAppservice::Transactions()
    const {
  std::vector<Attempt> transactions;
  std::set<std::string> seen;
  for (const Attempt& attempt : attempts_) {
    if (seen.insert(attempt.txn_id).second) transactions.push_back(attempt);
  }
  return transactions;
}

std::vector<RecordingAppservice::Attempt>
RecordingAppservice::AwaitTransactions(size_t count) {
  absl::MutexLock lock(&mu_);
  Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return Transactions().size() >= count;
  });
  return Transactions();
}

void RecordingAppservice::AwaitEvents(const std::vector<std::string>& events) {
  const std::string expected = absl::StrJoin(events, ",");
  absl::MutexLock lock(&mu_);
  Await([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    std::vector<std::string> inner;
    for (const Attempt& transaction : Transactions()) {
      // {"events":[...]}
      inner.push_back(
          transaction.body.substr(11, transaction.body.size() - 13));
    }
    return absl::StrJoin(inner, ",") == expected;
  });
}

std::vector<std::string> RecordingAppservice::AlteredTransactions() {
  absl::MutexLock lock(&mu_);
  std::map<std::string, std::string> bodies;
  std::vector<std::string> altered;
  for (const Attempt& attempt : attempts_) {
    const auto first = bodies.try_emplace(attempt.txn_id, attempt.body).first;
    if (first->second != attempt.body) altered.push_back(attempt.txn_id);
  }
  return altered;
}

}  // namespace causeway::push
