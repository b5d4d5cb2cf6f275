#ifndef CAUSEWAY_TESTS_BENCH_SURFACE_IDLE_SYNCS_H_
#define CAUSEWAY_TESTS_BENCH_SURFACE_IDLE_SYNCS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/bench/surface/http_client.h"
#include "tests/bench/surface/site.h"

namespace causeway::bench {

// Users that wait in /sync, each on a connection of their own, and ask again
// from where they stand whenever they are answered. Ends the process when one
// is answered that has no reason to be: neither news of its room, nor of
// presence if it is told such, nor the end of its waiting.
//
// Belongs to the site's thread.
class IdleSyncs {
 public:
  static constexpr int kUsersInRoom = 20;

  // Registers the users and makes their rooms. `user_count` is a multiple of
  // kUsersInRoom. `set_presence` is the parameter of /sync: "offline", with
  // which nobody is told of anybody's presence; empty as most clients have it,
  // who are online by it. `site` must outlive this object.
  IdleSyncs(Site& site, int user_count, std::string set_presence);

  // Gives the homeserver the time to find that there is nothing new for
  // anybody.
  void Settle();

  // Says something in the room of that number and waits until all of it are
  // told. Gives the time from sending it to each one's answer.
  std::vector<double> SayIn(int room);
  int room_count() const { return static_cast<int>(room_ids_.size()); }

  // How many answers had somebody's presence and no message.
  int64_t presence_answers() const { return presence_answers_; }

 private:
  struct User {
    std::string token;
    std::string next_batch = {};
    absl::Duration since = {};  // When it began to wait.
  };

  void FirstSyncs();
  void Wait(int user);
  std::string SyncPath(absl::Duration timeout, absl::string_view more) const;
  void Answered(int user, int status, const std::string& body);

  Site& site_;
  const std::string set_presence_;
  std::vector<User> users_;
  std::vector<std::string> room_ids_;
  // Opened when the users are there: the gateway ends idle ones.
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<HttpClient> speaker_;
  int told_room_ = -1;  // Whose users may be told something.
  std::vector<absl::Duration> told_at_;
  int64_t said_count_ = 0;
  int64_t presence_answers_ = 0;
};

}  // namespace causeway::bench

#endif  // CAUSEWAY_TESTS_BENCH_SURFACE_IDLE_SYNCS_H_
