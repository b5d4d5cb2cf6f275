#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "causeway/push/v1/push.grpc.pb.h"
#include "services/ctl/command.h"
#include "services/ctl/queue_act.h"
#include "services/ctl/queue_records.h"
#include "services/shared/status/status_macros.h"

namespace causeway::ctl {
namespace {

namespace pb = causeway::push::v1;
using Stub = pb::PushOperator::StubInterface;
using Transaction = pb::ListTransactionsResponse::Transaction;

absl::Status List(const Arguments&, const std::string& id, Session& session) {
  std::vector<Record> records;
  pb::ListTransactionsRequest request;
  request.set_appservice_id(id);
  do {
    CAUSEWAY_ASSIGN_OR_RETURN(
        pb::ListTransactionsResponse page,
        session.CallPushOperator(&Stub::ListTransactions, request));
    for (const Transaction& transaction : page.transactions()) {
      records.push_back(
          {{"txn_id", transaction.txn_id()},
           {"state", LowerCase(Transaction::State_Name(transaction.state()))},
           {"event_count", transaction.event_count()},
           {"source", transaction.source()},
           {"after_position", transaction.after_position()},
           {"last_position", transaction.last_position()},
           {"settle_time", OptionalTime(transaction.has_settle_time(),
                                        transaction.settle_time())},
           {"attempts", transaction.attempts()},
           {"last_attempt_time",
            OptionalTime(transaction.has_last_attempt_time(),
                         transaction.last_attempt_time())},
           {"last_http_status", transaction.last_http_status()},
           {"last_error", transaction.last_error()},
           {"last_answer", transaction.last_answer()},
           {"reason", transaction.reason()}});
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  session.Show(records);
  return absl::OkStatus();
}

absl::Status Skip(const Arguments& arguments, const std::string& id,
                  Session& session) {
  auto request = Act<pb::SkipTransactionRequest>(arguments, id);
  request.set_txn_id(arguments.Get("txn_id"));
  CAUSEWAY_RETURN_IF_ERROR(
      session.CallPushOperator(&Stub::SkipTransaction, request).status());
  session.Say(absl::StrCat(id, " won't get ", request.txn_id()));
  return absl::OkStatus();
}

absl::Status Replay(const Arguments& arguments, const std::string& id,
                    Session& session) {
  auto request = Act<pb::ReplayRequest>(arguments, id);
  request.set_txn_id(arguments.Get("txn_id"));
  CAUSEWAY_ASSIGN_OR_RETURN(const pb::ReplayResponse response,
                            session.CallPushOperator(&Stub::Replay, request));
  session.Say(absl::StrCat("queued again for ", id,
                           ": events: ", response.event_count()));
  return absl::OkStatus();
}

Command SkipCommand() {
  Command skip = QueueAct(
      "transaction", "skip", "give up the first sealed transaction of a queue",
      {Required("txn_id", "TXN_ID", "its ID, so that no other is hit")},
      "SkipTransaction", Skip);
  skip.destroys = "the transaction, of which only the record stays";
  return skip;
}

}  // namespace

std::vector<Command> TransactionCommands() {
  return {
      {.noun = "transaction",
       .verb = "list",
       .argument = "ID",
       .summary =
           "what is sealed of a queue, and what was quarantined, skipped "
           "or dropped",
       .rpcs = {OperatorRpc("ListTransactions")},
       .watchable = true,
       .run = List},
      SkipCommand(),
      QueueAct("transaction", "replay",
               "queue the events of a quarantined transaction again",
               {Required("txn_id", "TXN_ID", "the transaction's ID")}, "Replay",
               Replay),
  };
}

}  // namespace causeway::ctl
