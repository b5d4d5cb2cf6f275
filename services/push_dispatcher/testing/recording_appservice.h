#ifndef CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_RECORDING_APPSERVICE_H_
#define CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_RECORDING_APPSERVICE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/shared/appservice_client/scripted_http_server.h"

namespace causeway::push {

// An application service that writes down each transaction it is sent, and
// answers as told. It speaks the draft's dialect and real HTTP.
//
// Thread-safe.
class RecordingAppservice {
 public:
  using Reply = appservice_client::ScriptedReply;
  struct Attempt {
    std::string txn_id;
    std::string body;

    bool operator==(const Attempt&) const = default;
  };

  RecordingAppservice();

  std::string url() const { return server_.url(); }

  // How requests are answered from now on. At first: 200.
  void AnswerWith(Reply reply) ABSL_LOCKS_EXCLUDED(mu_);
  void AnswerWith(int http_status) {
    AnswerWith(appservice_client::Reply(http_status, "{}"));
  }

  // Waits until there were `count` attempts and returns them all. Ends the test
  // binary when they don't come.
  std::vector<Attempt> AwaitAttempts(size_t count) ABSL_LOCKS_EXCLUDED(mu_);
  // The same for different transaction IDs; of each the first attempt.
  std::vector<Attempt> AwaitTransactions(size_t count) ABSL_LOCKS_EXCLUDED(mu_);
  // Waits until the events of the transactions, in order and each once, are
  // these; ends the test binary when that doesn't happen.
  void AwaitEvents(const std::vector<std::string>& events)
      ABSL_LOCKS_EXCLUDED(mu_);

  // IDs that came with different bodies (P3).
  std::vector<std::string> AlteredTransactions() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  Reply Handle(const appservice_client::ReceivedRequest& request)
      ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<Attempt> Transactions() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Await(std::function<bool()> reached) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  Reply reply_ ABSL_GUARDED_BY(mu_);
  std::vector<Attempt> attempts_ ABSL_GUARDED_BY(mu_);
  appservice_client::ScriptedHttpServer server_;  // Last: calls Handle().
};

}  // namespace causeway::push

#endif  // CAUSEWAY_SERVICES_PUSH_DISPATCHER_TESTING_RECORDING_APPSERVICE_H_
