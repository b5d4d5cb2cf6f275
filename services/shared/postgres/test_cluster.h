#ifndef CAUSEWAY_SERVICES_SHARED_POSTGRES_TEST_CLUSTER_H_
#define CAUSEWAY_SERVICES_SHARED_POSTGRES_TEST_CLUSTER_H_

#include <sys/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace causeway::postgres {

// A throw-away PostgreSQL cluster on a Unix socket, for tests: one for each
// test binary (it takes a second to make), one database for each test.
//
//   class RegistryStoreTest : public ::testing::Test {
//     static void SetUpTestSuite() { cluster = new postgres::TestCluster; }
//     static void TearDownTestSuite() { delete cluster; }
//     const std::string conninfo_ = cluster->NewDatabase("registry");
//     ...
//
// Works as root and in Bazel's sandbox, and its server dies with the test. What
// goes wrong ends the test binary with a message: a test has nothing to decide.
//
// Thread-compatible.
class TestCluster {
 public:
  TestCluster();
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  // Makes an empty database in which `role` owns a schema of its own name, as
  // deploy/postgres does it: the role can log in, is no superuser, and its
  // search_path is that schema. Returns the role's connection string.
  std::string NewDatabase(absl::string_view role);

  // A connection string of the superuser for the database of `conninfo`, which
  // NewDatabase() returned.
  std::string AdminConninfo(absl::string_view conninfo) const;

  // Stops the server, as a crash would, and starts it again: connections break,
  // committed data stay.
  void Stop();
  void Start();

 private:
  void RunAsAdmin(absl::string_view database, absl::string_view sql) const;
  std::string Conninfo(absl::string_view role,
                       absl::string_view database) const;

  std::string directory_;
  pid_t server_pid_ = -1;
  int database_count_ = 0;
};

}  // namespace causeway::postgres

#endif  // CAUSEWAY_SERVICES_SHARED_POSTGRES_TEST_CLUSTER_H_
