#include "tests/simulation/record_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

namespace causeway::push::simulation {
namespace {

void CheckOneAtATime(const History& history,
                     std::vector<Violation>& violations) {
  std::map<std::pair<std::string, int64_t>, std::vector<const Put*>> by_sender;
  for (const Put& put : history.puts) {
    if (!put.sender.empty()) by_sender[{put.sender, put.uid}].push_back(&put);
  }
  for (auto& [key, puts] : by_sender) {
    std::stable_sort(puts.begin(), puts.end(), [](const Put* a, const Put* b) {
      return a->sent < b->sent;
    });
    for (size_t i = 1; i < puts.size(); ++i) {
      if (puts[i]->sent >= puts[i - 1]->finished) continue;
      violations.push_back(
          {"P4",
           absl::StrCat(At(puts[i]->sent), key.first, " sent ", puts[i]->txn_id,
                        " beside ", puts[i - 1]->txn_id)});
    }
  }
}

void CheckEndings(const History& history, std::vector<Violation>& violations) {
  std::set<std::pair<int64_t, std::string>> recorded;
  for (const AuditedAct& act : history.acts) {
    recorded.insert({act.uid, act.txn_id});
  }
  // What was taken of each registration's transactions.
  std::set<std::pair<int64_t, std::string>> taken;
  for (const Put& put : history.puts) {
    if (put.taken != Put::Taken::kNo) taken.insert({put.uid, put.txn_id});
  }
  for (const SettledRecord& record : history.settled) {
    const std::pair<int64_t, std::string> key(record.uid, record.txn_id);
    if (record.how != SettledRecord::How::kAcknowledged) {
      if (recorded.contains(key)) continue;
      violations.push_back(
          {"P6", absl::StrCat(At(record.time), record.txn_id,
                              " was put aside without a record")});
    } else if (!taken.contains(key)) {
      violations.push_back(
          {"P4", absl::StrCat(At(record.time), record.txn_id,
                              " was acknowledged, but not taken")});
    }
  }
  for (const SealRecord& record : history.sealed) {
    if (!record.paused) continue;
    violations.push_back(
        {"P6", absl::StrCat(At(record.time), record.txn_id,
                            " was sealed while its queue was paused")});
  }
  for (int64_t uid : history.final_queues) {
    if (!history.unregistered.contains(uid)) continue;
    violations.push_back({"P6", absl::StrCat("uid ", uid, " was unregistered ",
                                             At(history.unregistered.at(uid)),
                                             "and has a queue again")});
  }
}

// No ID is given twice, and nothing is replayed twice or behind anybody's back.
void CheckIdsAndReplays(const History& history,
                        std::vector<Violation>& violations) {
  std::set<std::pair<int64_t, std::string>> sealed;
  for (const SealRecord& record : history.sealed) {
    if (sealed.insert({record.uid, record.txn_id}).second) continue;
    violations.push_back({"P3", absl::StrCat(At(record.time), record.txn_id,
                                             " was sealed a second time")});
  }
  std::map<std::pair<int64_t, std::string>, absl::Duration> replayed;
  for (const auto& [stream, replay] : history.replays) {
    if (!replay.recorded) {
      violations.push_back(
          {"P6", absl::StrCat(At(replay.time), "events were replayed for uid ",
                              replay.uid, " without a record")});
    }
    if (replay.txn_id.empty()) continue;
    const auto [before, first] =
        replayed.try_emplace({replay.uid, replay.txn_id}, replay.time);
    if (first) continue;
    const bool undone = std::any_of(
        history.restores.begin(), history.restores.end(), [&](const auto& r) {
          return r.time >= before->second && r.time <= replay.time;
        });
    before->second = replay.time;
    if (undone) continue;
    violations.push_back({"P6", absl::StrCat(At(replay.time), replay.txn_id,
                                             " was replayed a second time")});
  }
}

}  // namespace

std::string At(absl::Duration time) {
  return absl::StrCat("at ", absl::FormatDuration(time), " ");
}

std::vector<Violation> CheckRecords(const History& history) {
  std::vector<Violation> violations;
  CheckOneAtATime(history, violations);
  CheckEndings(history, violations);
  CheckIdsAndReplays(history, violations);
  return violations;
}

}  // namespace causeway::push::simulation
