#include "tests/simulation/promise_checker.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/record_rules.h"

namespace causeway::push::simulation {
namespace {

constexpr size_t kViolationsMax = 20;
// By then each replica knows which others live, and has given what is to be
// given.
constexpr absl::Duration kLeasesCalmAfter = absl::Seconds(10);

std::string Name(const StreamEvent& event) {
  return absl::StrCat(event.stream, ":", event.position);
}

class PromiseChecker {
 public:
  explicit PromiseChecker(const History& history);

  std::vector<Violation> Check();

 private:
  // By AS and source: the last event, in the source's order.
  using Order = std::map<std::pair<int32_t, int32_t>, StreamEvent>;

  // What has become of one transaction of a registration.
  struct Ended {
    absl::Duration first = absl::InfiniteDuration();
    absl::Duration last = -absl::InfiniteDuration();
  };
  struct Transaction {
    std::string txn_id;
    bool taken = false;
  };

  void Violate(absl::string_view promise, std::string story);
  bool RestoredBetween(absl::Duration begin, absl::Duration end) const;
  template <typename Condition>
  bool AnyAct(int64_t uid, const StreamEvent& event, Condition condition) const;
  // An act after which the event need not come; or come in order.
  bool PutAside(int64_t uid, const StreamEvent& event) const;
  bool MayRepeat(int64_t uid, const StreamEvent& event) const;
  bool RemembersLastOnly(int32_t appservice) const;
  // A restore may have undone what came between two transactions of an upstream
  // homeserver, and one that was late have come through then.
  bool OrderIsUndone(const Put& put, const StreamEvent& event) const;
  int32_t SourceOf(const StreamEvent& event) const;
  void Accept(const Acceptance& acceptance);
  void UndoUntil(absl::Duration time);
  // How often it had been taken over again by then, of a source that began
  // anew.
  int64_t ToldAgainCount(const StreamEvent& event, absl::Duration time) const;
  // Whether it comes once more because of that; each time counts once.
  bool ComesAgain(const Put& put, const StreamEvent& event);
  // Source and store have both gone back.
  bool IsLost(const StreamEvent& event, absl::Duration committed) const;

  void CheckCommits();
  void CheckPut(const Put& put);
  void CheckSameBytes(const Put& put);
  void CheckFirstOffers(const Put& put);
  void CheckTaken(const Put& put);
  void CheckPredecessorSettled(const Put& put);
  void CheckNothingOwed();
  void CheckLetGo();
  void CheckIsolation();
  void CheckBalance();
  bool IsLate(const Put& put) const;

  const History& history_;
  std::vector<Violation> violations_;

  // As they stand at the end, restores considered.
  std::map<StreamEvent, absl::InlinedVector<const Acceptance*, 1>> accepted_;
  std::vector<StoreRestored>::const_iterator next_restore_;
  std::map<StreamEvent, std::vector<absl::Duration>> told_again_;
  std::map<int64_t, std::vector<const AuditedAct*>> acts_;  // By uid.
  std::map<std::pair<int64_t, std::string>, Ended> ended_;

  std::map<std::pair<int32_t, std::string>, const Put*> first_puts_;
  std::set<std::pair<int64_t, StreamEvent>> concerns_;  // By uid; ever.
  std::set<std::pair<int32_t, StreamEvent>> offered_;
  std::map<std::pair<int32_t, StreamEvent>, absl::Duration> taken_;
  std::map<std::pair<int32_t, StreamEvent>, int64_t> came_again_;
  Order offered_to_;
  Order taken_to_;
  std::map<int64_t, Transaction> last_of_uid_;
  // By AS: when the last of those that have arrived was sent.
  std::map<int32_t, absl::Duration> last_sent_;
  // By AS: a late request may have made it forget what it took before.
  std::set<int32_t> memory_disturbed_;
  absl::Duration restored_at_ = -absl::InfiniteDuration();
};

PromiseChecker::PromiseChecker(const History& history)
    : history_(history), next_restore_(history.restores.begin()) {
  for (const AuditedAct& act : history.acts) acts_[act.uid].push_back(&act);
  for (const SettledRecord& record : history.settled) {
    Ended& ended = ended_[{record.uid, record.txn_id}];
    ended.first = std::min(ended.first, record.time);
    ended.last = std::max(ended.last, record.time);
  }
}

void PromiseChecker::Violate(absl::string_view promise, std::string story) {
  if (violations_.size() >= kViolationsMax) return;
  violations_.push_back({std::string(promise), std::move(story)});
}

bool PromiseChecker::RestoredBetween(absl::Duration begin,
                                     absl::Duration end) const {
  return std::any_of(history_.restores.begin(), history_.restores.end(),
                     [&](const StoreRestored& restored) {
                       return restored.time >= begin && restored.time <= end;
                     });
}

template <typename Condition>
bool PromiseChecker::AnyAct(int64_t uid, const StreamEvent& event,
                            Condition condition) const {
  const auto acts = acts_.find(uid);
  if (acts == acts_.end()) return false;
  return std::any_of(
      acts->second.begin(), acts->second.end(), [&](const AuditedAct* act) {
        return act->stream == event.stream && event.position > act->after &&
               event.position <= act->last && condition(*act);
      });
}

bool PromiseChecker::PutAside(int64_t uid, const StreamEvent& event) const {
  return history_.unregistered.contains(uid) ||
         AnyAct(uid, event, [](const AuditedAct& act) {
           return act.kind != AuditedAct::Kind::kRetired;
         });
}

bool PromiseChecker::MayRepeat(int64_t uid, const StreamEvent& event) const {
  return AnyAct(uid, event,
                [](const AuditedAct& act) { return act.possibly_taken; });
}

bool PromiseChecker::RemembersLastOnly(int32_t appservice) const {
  const auto& list = history_.last_id_appservices;
  return std::find(list.begin(), list.end(), appservice) != list.end();
}

bool PromiseChecker::OrderIsUndone(const Put& put,
                                   const StreamEvent& event) const {
  return history_.upstream_streams.contains(event.stream) &&
         RestoredBetween(-absl::InfiniteDuration(), put.arrived);
}

int32_t PromiseChecker::SourceOf(const StreamEvent& event) const {
  const auto source = history_.source_of_stream.find(event.stream);
  return source == history_.source_of_stream.end() ? event.stream
                                                   : source->second;
}

int64_t PromiseChecker::ToldAgainCount(const StreamEvent& event,
                                       absl::Duration time) const {
  const auto told = told_again_.find(event);
  if (told == told_again_.end()) return 0;
  return std::upper_bound(told->second.begin(), told->second.end(), time) -
         told->second.begin();
}

bool PromiseChecker::ComesAgain(const Put& put, const StreamEvent& event) {
  int64_t& count = came_again_[{put.appservice, event}];
  return ++count <= ToldAgainCount(event, put.arrived);
}

// An attempt of a transaction that has ended since it was sent, by somebody who
// couldn't know, or in a past that a restore has undone.
bool PromiseChecker::IsLate(const Put& put) const {
  if (put.is_ephemeral) {
    // Given up, or its owner gone, and another has overtaken it.
    const auto last = last_sent_.find(put.appservice);
    if (last != last_sent_.end() && last->second > put.sent) return true;
  }
  if (put.standing == Put::Standing::kOutdated ||
      put.standing == Put::Standing::kOverdue) {
    return true;
  }
  if (RestoredBetween(put.sent, put.arrived)) return true;
  const auto unregistered = history_.unregistered.find(put.uid);
  if (unregistered != history_.unregistered.end() &&
      unregistered->second <= put.arrived) {
    return true;
  }
  const auto ended = ended_.find({put.uid, put.txn_id});
  return ended != ended_.end() && put.sent <= ended->second.last &&
         put.arrived > ended->second.first;
}

// --- P1: what was taken over ------------------------------------------------

void PromiseChecker::Accept(const Acceptance& acceptance) {
  auto& kept = accepted_[acceptance.event];
  if (!kept.empty()) {
    told_again_[acceptance.event].push_back(acceptance.time);
    const auto& restarts = history_.source_restarts;
    const bool recorded = std::any_of(
        restarts.begin(), restarts.end(), [&](const SourceRestarted& restart) {
          return restart.time >= kept.back()->time &&
                 restart.time <= acceptance.time &&
                 restart.events.contains(acceptance.event);
        });
    if (!recorded) {
      Violate("P6", absl::StrCat(At(acceptance.time), Name(acceptance.event),
                                 " was taken over again without a record"));
    }
  }
  kept.push_back(&acceptance);
}

// What restores until then have taken back.
void PromiseChecker::UndoUntil(absl::Duration time) {
  for (;
       next_restore_ != history_.restores.end() && next_restore_->time <= time;
       ++next_restore_) {
    for (auto& [event, kept] : accepted_) {
      const auto end = next_restore_->stream_ends.find(event.stream);
      if (end != next_restore_->stream_ends.end() &&
          event.position < end->second) {
        continue;
      }
      kept.resize(std::min(kept.size(), next_restore_->events.count(event)));
    }
    std::erase_if(accepted_,
                  [](const auto& entry) { return entry.second.empty(); });
  }
}

bool PromiseChecker::IsLost(const StreamEvent& event,
                            absl::Duration committed) const {
  const auto cut = history_.streams_cut.find(event.stream);
  return cut != history_.streams_cut.end() && event.position >= cut->second &&
         RestoredBetween(committed, absl::InfiniteDuration());
}

void PromiseChecker::CheckCommits() {
  std::map<StreamEvent, absl::Duration> first_commits;
  for (const Acceptance& acceptance : history_.accepted) {
    UndoUntil(acceptance.time);
    Accept(acceptance);
    first_commits.try_emplace(acceptance.event, acceptance.time);
    for (int64_t uid : acceptance.uids)
      concerns_.insert({uid, acceptance.event});
  }
  UndoUntil(absl::InfiniteDuration());

  for (const TransactionAnswer& answer : history_.transactions) {
    for (const StreamEvent& event : answer.events) {
      const auto committed = first_commits.find(event);
      if (committed == first_commits.end() || committed->second > answer.time) {
        Violate("P1", absl::StrCat(At(answer.time), "PublishTransaction ",
                                   "acknowledged ", Name(event),
                                   " before it was committed"));
      } else if (!accepted_.contains(event) &&
                 !RestoredBetween(committed->second,
                                  absl::InfiniteDuration())) {
        Violate("P1", absl::StrCat(Name(event),
                                   " was acknowledged by PublishTransaction "
                                   "and isn't there in the end"));
      }
    }
  }
  std::map<int32_t, int64_t> checked_to;
  for (const PublishAnswer& answer : history_.published) {
    int64_t& checked = checked_to.try_emplace(answer.stream, 1).first->second;
    for (; checked < answer.end; ++checked) {
      const StreamEvent event = {answer.stream, checked};
      const auto committed = first_commits.find(event);
      if (committed == first_commits.end() || committed->second > answer.time) {
        Violate("P1", absl::StrCat(At(answer.time), "Publish acknowledged ",
                                   Name(event), " before it was committed"));
      } else if (!accepted_.contains(event) &&
                 !IsLost(event, committed->second)) {
        Violate("P1", absl::StrCat(Name(event),
                                   " was acknowledged by Publish "
                                   "and isn't there in the end"));
      }
    }
  }
}

// --- P2, P3, P4: what an AS sees --------------------------------------------

void PromiseChecker::CheckPut(const Put& put) {
  if (put.standing == Put::Standing::kUsurper) {
    Violate("P4", absl::StrCat(At(put.arrived), put.sender, " sent ",
                               put.txn_id, " for uid ", put.uid,
                               ", which it had lost, though it had renewed"));
  } else if (put.standing == Put::Standing::kUnsealed) {
    Violate("P3", absl::StrCat(At(put.arrived), put.sender, " sent ",
                               put.txn_id, ", which wasn't sealed"));
  } else if (put.standing == Put::Standing::kOverdue) {
    Violate("P4", absl::StrCat(At(put.arrived), put.sender, " sent ",
                               put.txn_id, " for uid ", put.uid,
                               ", having renewed nothing for too long"));
  }
  for (const StoreRestored& restore : history_.restores) {
    if (restore.time > restored_at_ && restore.time <= put.arrived) {
      restored_at_ = restore.time;
      offered_to_.clear();
      taken_to_.clear();
      came_again_.clear();
      last_of_uid_.clear();
    }
  }
  if (!put.flaw.empty()) {
    Violate("P3", absl::StrCat(At(put.arrived), put.txn_id, ": ", put.flaw));
  }
  CheckSameBytes(put);
  CheckPredecessorSettled(put);
  CheckFirstOffers(put);
  if (put.taken == Put::Taken::kYes) CheckTaken(put);
  first_puts_.try_emplace({put.appservice, put.txn_id}, &put);
  absl::Duration& last_sent =
      last_sent_.try_emplace(put.appservice, put.sent).first->second;
  last_sent = std::max(last_sent, put.sent);
}

void PromiseChecker::CheckSameBytes(const Put& put) {
  const auto first = first_puts_.find({put.appservice, put.txn_id});
  if (first == first_puts_.end()) return;
  if (put.is_ephemeral) {
    Violate("P3", absl::StrCat(At(put.arrived), "AS ", put.appservice, " got ",
                               put.txn_id, " again, which has no events"));
  }
  if (*first->second->body == *put.body) return;
  Violate("P3", absl::StrCat(At(put.arrived), "AS ", put.appservice, " got ",
                             put.txn_id, " with other bytes than ",
                             At(first->second->arrived)));
}

void PromiseChecker::CheckFirstOffers(const Put& put) {
  const bool late = IsLate(put);
  for (const StreamEvent& event : put.events) {
    if (!concerns_.contains({put.uid, event})) {
      Violate("P4",
              absl::StrCat(At(put.arrived), "AS ", put.appservice,
                           " was offered ", Name(event), " in ", put.txn_id,
                           ", which isn't for uid ", put.uid));
    }
    if (!offered_.insert({put.appservice, event}).second) continue;
    if (late || OrderIsUndone(put, event)) continue;
    StreamEvent& to = offered_to_[{put.appservice, SourceOf(event)}];
    if (event <= to && !PutAside(put.uid, event) &&
        ToldAgainCount(event, put.arrived) == 0) {
      Violate("P2", absl::StrCat(At(put.arrived), "AS ", put.appservice,
                                 " was offered ", Name(event),
                                 " for the first "
                                 "time, after ",
                                 Name(to)));
    }
    to = std::max(to, event);
  }
}

void PromiseChecker::CheckTaken(const Put& put) {
  const bool late = IsLate(put);
  const bool disturbed = memory_disturbed_.contains(put.appservice);
  bool repeats = false;
  for (const StreamEvent& event : put.events) {
    const auto [before, first] =
        taken_.try_emplace({put.appservice, event}, put.sent);
    StreamEvent& to = taken_to_[{put.appservice, SourceOf(event)}];
    if (!first) {
      repeats = true;
      if (!late && !disturbed && !MayRepeat(put.uid, event) &&
          !RestoredBetween(before->second, put.arrived) &&
          !ComesAgain(put, event)) {
        Violate("P4", absl::StrCat(At(put.arrived), "AS ", put.appservice,
                                   " took ", Name(event), " again, in ",
                                   put.txn_id, " from ", put.sender));
      }
      before->second = put.sent;
    } else if (event <= to && !late && !PutAside(put.uid, event) &&
               !OrderIsUndone(put, event) &&
               ToldAgainCount(event, put.arrived) == 0) {
      Violate("P4", absl::StrCat(At(put.arrived), "AS ", put.appservice,
                                 " took ", Name(event), " after ", Name(to)));
    }
    if (!late) to = std::max(to, event);
    if (put.standing == Put::Standing::kOutdated) {
      // By memory of what the restore has undone, if there was one.
      before->second = std::min(before->second, restored_at_);
    }
  }
  if (late) {
    memory_disturbed_.insert(put.appservice);
  } else if (!repeats && !put.is_ephemeral) {
    memory_disturbed_.erase(put.appservice);
  }
}

// Hard case 1.
void PromiseChecker::CheckPredecessorSettled(const Put& put) {
  if (!RemembersLastOnly(put.appservice) || IsLate(put)) return;
  if (put.is_ephemeral && !last_of_uid_.contains(put.uid)) return;
  const auto [last, first_of_uid] =
      last_of_uid_.try_emplace(put.uid, Transaction{put.txn_id, false});
  Transaction& before = last->second;
  const bool is_new =
      !first_puts_.contains({put.appservice, put.txn_id}) && !first_of_uid;
  if (is_new) {
    const auto ended = ended_.find({put.uid, before.txn_id});
    const bool settled =
        history_.settled_is_known
            ? ended != ended_.end() && ended->second.first <= put.sent
            : before.taken || ended != ended_.end();
    if (!settled) {
      Violate("P4", absl::StrCat(At(put.arrived), "AS ", put.appservice,
                                 " got ", put.txn_id, " from ", put.sender,
                                 ", sent ", At(put.sent), "before ",
                                 before.txn_id, " was settled"));
    }
    // Of one without events nothing has to be settled.
    if (put.is_ephemeral) return;
    before = {put.txn_id, false};
  }
  if (before.txn_id == put.txn_id && put.taken != Put::Taken::kNo) {
    before.taken = true;
  }
}

// --- At the end -------------------------------------------------------------

void PromiseChecker::CheckNothingOwed() {
  for (const std::string& source : history_.unpublished) {
    Violate("P1", absl::StrCat(source, " could not publish all it has"));
  }
  for (const auto& [event, acceptances] : accepted_) {
    std::set<int64_t> uids;
    for (const Acceptance* acceptance : acceptances) {
      uids.insert(acceptance->uids.begin(), acceptance->uids.end());
    }
    for (int64_t uid : uids) {
      const int32_t appservice = history_.appservice_by_uid.at(uid);
      if (taken_.contains({appservice, event}) || PutAside(uid, event)) {
        continue;
      }
      const bool offered = offered_.contains({appservice, event});
      Violate(offered ? "P4" : "P1",
              absl::StrCat(Name(event), " was never ",
                           offered ? "taken by" : "offered to", " AS ",
                           appservice, ", uid ", uid));
    }
  }
}

void PromiseChecker::CheckBalance() {
  const auto& counts = history_.final_queue_counts;
  if (counts.empty()) return;
  const auto [least, most] = std::minmax_element(
      counts.begin(), counts.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most->second - least->second > 1) {
    Violate("P5", absl::StrCat(most->first, " has ", most->second,
                               " queues at the end, and ", least->first, " ",
                               least->second));
  }
  std::set<int64_t> moved;
  for (const HandOver& move : history_.hand_overs) {
    if (move.time <= history_.leases_upset + kLeasesCalmAfter) continue;
    if (!moved.insert(move.uid).second) {
      Violate("P5", absl::StrCat(At(move.time), "uid ", move.uid,
                                 " was handed over once more"));
    }
  }
}

void PromiseChecker::CheckIsolation() {
  if (!history_.left_over.empty()) {
    Violate("P5", absl::StrCat("stored though nobody wants it: ",
                               history_.left_over));
  }
  if (history_.held_bytes_max > history_.held_bytes_allowed) {
    Violate("P5", absl::StrCat(history_.held_bytes_max,
                               " bytes were held for one queue"));
  }
  if (history_.held_backing_off_bytes_max >
      history_.held_backing_off_bytes_allowed) {
    Violate("P5", absl::StrCat(history_.held_backing_off_bytes_max,
                               " bytes were held while backing off"));
  }
  for (int32_t appservice : history_.undisturbed_appservices) {
    for (const Put& put : history_.puts) {
      if (put.appservice != appservice) continue;
      for (const StreamEvent& event : put.events) {
        const auto acceptance = accepted_.find(event);
        if (acceptance == accepted_.end()) continue;
        const absl::Duration delay =
            put.arrived - acceptance->second.back()->time;
        if (delay <= history_.undisturbed_delay_max) continue;
        Violate("P5", absl::StrCat(At(put.arrived), Name(event), " reached AS ",
                                   appservice, " after ",
                                   absl::FormatDuration(delay)));
      }
    }
  }
}

// --- Hard case 9: who lets go of a queue ends what it has under way ---------

void PromiseChecker::CheckLetGo() {
  std::map<std::pair<int64_t, std::string>, std::vector<const Put*>> puts;
  for (const Put& put : history_.puts) {
    if (!put.is_ephemeral) puts[{put.uid, put.sender}].push_back(&put);
  }
  for (const LetGo& let_go : history_.let_go) {
    for (const Put* put : puts[{let_go.uid, let_go.sender}]) {
      if (put->sent >= let_go.time || put->finished <= let_go.time) continue;
      Violate("P3",
              absl::StrCat(At(let_go.time), let_go.sender, " let go of uid ",
                           let_go.uid, " and still waited for the answer to ",
                           put->txn_id));
    }
  }
}

std::vector<Violation> PromiseChecker::Check() {
  CheckCommits();
  for (const Put& put : history_.puts) CheckPut(put);
  CheckNothingOwed();
  CheckLetGo();
  CheckIsolation();
  CheckBalance();
  for (Violation& violation : CheckRecords(history_)) {
    violations_.push_back(std::move(violation));
  }
  return std::move(violations_);
}

}  // namespace

std::vector<Violation> CheckPromises(const History& history) {
  return PromiseChecker(history).Check();
}

}  // namespace causeway::push::simulation
