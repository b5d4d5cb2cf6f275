#ifndef CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_FAKE_TO_DEVICE_STORE_H_
#define CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_FAKE_TO_DEVICE_STORE_H_

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/homeserver/to_device/to_device_store.h"
#include "services/homeserver/updates/fake_update_log.h"

namespace causeway::homeserver {

// Messages in memory, for tests.
//
// Thread-safe.
class FakeToDeviceStore final : public ToDeviceStore {
 public:
  // `log` must outlive the store.
  explicit FakeToDeviceStore(FakeUpdateLog& log) : log_(log) {}

  void AddDevice(const std::string& user_id, const std::string& device_id)
      ABSL_LOCKS_EXCLUDED(mu_);
  // What went to application services, in order.
  std::vector<std::string> published() const ABSL_LOCKS_EXCLUDED(mu_);

  absl::StatusOr<bool> Send(
      const ToDeviceTxn& txn, const std::vector<MessageToDevice>& messages,
      const std::vector<std::string>& for_appservices) override
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<Page> Receive(const matrix::UserId& user_id,
                               absl::string_view device_id,
                               int64_t acknowledged, int64_t up_to,
                               int limit) override ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Device = std::pair<std::string, std::string>;  // User and device ID.

  FakeUpdateLog& log_;
  mutable absl::Mutex mu_;
  std::map<Device, std::map<int64_t, std::string>> devices_
      ABSL_GUARDED_BY(mu_);
  std::set<std::tuple<std::string, std::string, std::string>> sent_
      ABSL_GUARDED_BY(mu_);
  std::vector<std::string> published_ ABSL_GUARDED_BY(mu_);
};

}  // namespace causeway::homeserver

#endif  // CAUSEWAY_SERVICES_HOMESERVER_TO_DEVICE_FAKE_TO_DEVICE_STORE_H_
