#ifndef CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_DIRECTORY_H_
#define CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_DIRECTORY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <system_error>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/registry/change_feed.h"
#include "services/registry/grant_keeper.h"
#include "services/registry/registrar.h"
#include "services/registry/registry_metrics.h"
#include "services/shared/registration_file/registration_file.h"

namespace causeway::registry {

inline constexpr size_t kRegistrationFilesMax = 10'000;

// Keeps registered what the *.yaml and *.yml of a directory ask for: each file
// as it comes, and again when it changes. For one whose id no grant is called
// by, a grant of just what it asks for is stored; one that exists bounds it,
// and broad namespaces need one that allows them.
//
// A file that is refused is reported once, and put aside until it changes; the
// others go on. Files beyond the first kRegistrationFilesMax, by name, are left
// out and counted. What a file that is gone had registered stays: who removes a
// bridge says so.
//
// Thread-safe. Start() makes a thread, which the destructor ends.
class RegistrationDirectory {
 public:
  struct Options {
    std::string path;
    size_t files_max = kRegistrationFilesMax;
    absl::Duration interval = absl::Seconds(2);
  };

  // All must outlive it.
  RegistrationDirectory(Options options, GrantKeeper& grants,
                        Registrar& registrar, ChangeFeed& feed,
                        RegistryMetrics& metrics);
  ~RegistrationDirectory();
  RegistrationDirectory(const RegistrationDirectory&) = delete;
  RegistrationDirectory& operator=(const RegistrationDirectory&) = delete;

  // Once.
  void Start();

  // What the thread does each time.
  void Look() ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // What tells whether a file is another one than it was.
  struct Stamp {
    int64_t modified_ns = 0;
    uint64_t bytes = 0;

    bool operator==(const Stamp&) const = default;
  };
  struct Seen {
    Stamp stamp;
    bool is_taken = false;  // False: put aside.
  };

  // The files of one look, by path.
  struct Listing {
    std::map<std::string, Stamp> files;
    int left_out_count = 0;
    std::string first_left_out;  // By path.
  };

  void Run() ABSL_LOCKS_EXCLUDED(mu_);
  Listing List(std::error_code& error) const;
  // Takes one file in, unless it is what it was.
  void LookAt(const std::string& path, const Stamp& stamp);
  // UNAVAILABLE when that is nothing to hold against the file.
  absl::Status Take(const std::string& path);
  absl::Status Register(const registration_file::RegistrationFile& file,
                        const std::string& path);
  void Count();

  const Options options_;
  GrantKeeper& grants_;
  Registrar& registrar_;
  ChangeFeed& feed_;
  RegistryMetrics& metrics_;

  // The looker's own.
  std::map<std::string, Seen> seen_;  // By path.
  bool is_listed_ = true;             // Whether the last look found it.
  int left_out_count_ = 0;            // By the last look.

  absl::Mutex mu_;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace causeway::registry

#endif  // CAUSEWAY_SERVICES_REGISTRY_REGISTRATION_DIRECTORY_H_
