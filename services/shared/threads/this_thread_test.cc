#include "services/shared/threads/this_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <thread>
#include <utility>

namespace causeway::threads {
namespace {

// struct sched_attr of sched_getattr(2), as numbers of 64 bits.
struct Attributes {
  uint64_t words[6] = {};

  uint64_t policy() const { return words[0] >> 32; }
  uint64_t nice() const { return words[2] & 0xffffffff; }
  uint64_t runtime() const { return words[3]; }
};

Attributes AttributesOfThisThread() {
  Attributes attributes;
  syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0);
  return attributes;
}

std::pair<int, int> KernelVersion() {
  utsname name = {};
  uname(&name);
  std::pair<int, int> version;
  std::sscanf(name.release, "%d.%d", &version.first, &version.second);
  return version;
}

TEST(ThisThreadTest, IsNamed) {
  std::thread([] {
    NameThisThread("ingest");
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof(name));
    EXPECT_STREQ(name, "ingest");
  }).join();
}

// Before 6.12 a kernel has one length of turns for all.
TEST(ThisThreadTest, TakesLongerTurnsWhereTheKernelKnowsThem) {
  const bool known = KernelVersion() >= std::pair(6, 12);
  std::thread([known] {
    const Attributes before = AttributesOfThisThread();
    PreferThroughputInThisThread();
    const Attributes after = AttributesOfThisThread();
    EXPECT_EQ(after.runtime() > before.runtime(), known);
    EXPECT_EQ(after.policy(), before.policy());
    EXPECT_EQ(after.nice(), before.nice());
  }).join();
}

TEST(ThisThreadTest, TakesShorterTurnsWhereTheKernelKnowsThem) {
  const bool known = KernelVersion() >= std::pair(6, 12);
  std::thread([known] {
    const Attributes before = AttributesOfThisThread();
    PreferLatencyInThisThread();
    const Attributes after = AttributesOfThisThread();
    EXPECT_EQ(after.runtime() < before.runtime(), known);
    EXPECT_EQ(after.policy(), before.policy());
    EXPECT_EQ(after.nice(), before.nice());
  }).join();
}

TEST(ThisThreadTest, LeavesOtherThreadsAlone) {
  const Attributes before = AttributesOfThisThread();
  std::thread([] { PreferThroughputInThisThread(); }).join();
  EXPECT_EQ(AttributesOfThisThread().runtime(), before.runtime());
}

}  // namespace
}  // namespace causeway::threads
