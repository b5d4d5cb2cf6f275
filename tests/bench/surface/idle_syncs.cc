#include "tests/bench/surface/idle_syncs.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/percent_encoding.h"
#include "tests/bench/shared/check.h"

namespace causeway::bench {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(60);
constexpr absl::Duration kTimeoutMin = absl::Seconds(50);
constexpr absl::Duration kPatience = absl::Minutes(2);
constexpr char kUsers[] = "sync";
constexpr absl::string_view kNextBatch = R"("next_batch":")";

std::string NextBatchIn(const std::string& body) {
  const size_t at = body.find(kNextBatch.data(), 0, kNextBatch.size());
  if (at == std::string::npos) Die(absl::StrCat("no next_batch in ", body));
  const size_t begin = at + kNextBatch.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

}  // namespace

IdleSyncs::IdleSyncs(Site& site, int user_count, std::string set_presence)
    : site_(site), set_presence_(std::move(set_presence)) {
  for (std::string& token : site_.RegisterUsers(kUsers, user_count)) {
    users_.push_back({.token = std::move(token)});
  }
  for (int first = 0; first < user_count; first += kUsersInRoom) {
    std::vector<std::string> members;
    for (int i = first; i < first + kUsersInRoom; ++i) {
      members.push_back(site_.UserId(kUsers, i));
    }
    room_ids_.push_back(site_.MakeRoom(members.front(), members));
  }
  FirstSyncs();
  client_ = std::make_unique<HttpClient>(site.loop(), site.gateway_port(),
                                         user_count);
  speaker_ = std::make_unique<HttpClient>(site.loop(), site.gateway_port(), 1);
  for (int i = 0; i < user_count; ++i) Wait(i);
}

void IdleSyncs::FirstSyncs() {
  HttpClient few(site_.loop(), site_.gateway_port(), 8);
  site_.CallAll(
      few, static_cast<int>(users_.size()),
      [&](int user) {
        return MakeRequest("GET", SyncPath(absl::ZeroDuration(), ""),
                           users_[static_cast<size_t>(user)].token, "");
      },
      [&](int user, const std::string& body) {
        users_[static_cast<size_t>(user)].next_batch = NextBatchIn(body);
      });
}

std::string IdleSyncs::SyncPath(absl::Duration timeout,
                                absl::string_view more) const {
  std::string path =
      absl::StrCat("/sync?timeout=", absl::ToInt64Milliseconds(timeout), more);
  if (!set_presence_.empty()) {
    absl::StrAppend(&path, "&set_presence=", set_presence_);
  }
  return ClientPath(path);
}

void IdleSyncs::Wait(int user) {
  User& who = users_[static_cast<size_t>(user)];
  const std::string path = SyncPath(
      kTimeout,
      absl::StrCat("&since=", matrix::EncodeUriComponent(who.next_batch)));
  who.since = site_.loop().Now();
  client_->Send(user, MakeRequest("GET", path, who.token, ""),
                [this, user](int status, const std::string& body) {
                  Answered(user, status, body);
                });
}

void IdleSyncs::Answered(int user, int status, const std::string& body) {
  if (status != 200) Die(absl::StrCat("/sync: ", status, " ", body));
  User& who = users_[static_cast<size_t>(user)];
  const absl::Duration now = site_.loop().Now();
  who.next_batch = NextBatchIn(body);
  if (absl::StrContains(body, R"("m.room.message")")) {
    if (user / kUsersInRoom != told_room_) {
      Die(absl::StrCat("told what is another room's: ", body));
    }
    told_at_.push_back(now);
  } else if (set_presence_.empty() &&
             absl::StrContains(body, R"("m.presence")")) {
    ++presence_answers_;
  } else if (now - who.since < kTimeoutMin) {
    Die(absl::StrCat("woken in vain: ", body));
  }
  Wait(user);
}

void IdleSyncs::Settle() { site_.loop().RunFor(absl::Seconds(3)); }

std::vector<double> IdleSyncs::SayIn(int room) {
  told_room_ = room;
  told_at_.clear();
  const std::string request = MakeRequest(
      "PUT",
      SendPath(room_ids_[static_cast<size_t>(room)],
               absl::StrCat("t", ++said_count_),
               site_.UserId(kUsers, room * kUsersInRoom)),
      site_.as_token(), R"({"msgtype":"m.text","body":"Somebody there?"})");
  bool is_answered = false;
  const absl::Duration sent_at = site_.loop().Now();
  speaker_->Send(0, request, [&](int status, const std::string& body) {
    if (status != 200) Die(absl::StrCat(status, " ", body));
    is_answered = true;
  });
  site_.loop().RunUntil(
      [&] { return is_answered && told_at_.size() == kUsersInRoom; }, kPatience,
      "who waits for this room");
  std::vector<double> milliseconds;
  for (const absl::Duration at : told_at_) {
    milliseconds.push_back(absl::ToDoubleMilliseconds(at - sent_at));
  }
  return milliseconds;
}

}  // namespace causeway::bench
