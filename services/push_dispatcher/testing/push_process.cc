#include "services/push_dispatcher/testing/push_process.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "services/push_dispatcher/delivery/committed_batch.h"
#include "services/shared/appservice_client/curl_appservice_client.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {

const secrets::SecretBox& TestSecretBox() {
  static const auto* const kBox = new secrets::SecretBox(
      *secrets::SecretBox::FromKeyHex(std::string(64, 'a')));
  return *kBox;
}

std::string SealedHsToken(absl::string_view uid) {
  return TestSecretBox().Seal("T_h", uid);
}

PushProcess::PushProcess(Options options, PushStores stores)
    : stores_(std::move(stores)),
      metrics_(metrics_registry_),
      segments_(1 << 20),
      loop_(std::make_unique<DeliveryLoop>(
          options.loop,
          DeliveryLoop::Dependencies{
              .store = *stores_.queues,
              .segments = segments_,
              .client =
                  options.client != nullptr
                      ? std::move(options.client)
                      : std::make_unique<
                            appservice_client::CurlAppserviceClient>(
                            appservice_client::CurlAppserviceClient::Options{},
                            clock_),
              .registry = registry_,
              .secret_box = TestSecretBox(),
              .clock = clock_,
              .random = random_,
              .metrics = metrics_,
              .wake_others = options.wake_others != nullptr
                                 ? std::move(options.wake_others)
                                 : [this](absl::Span<const QueueWord>
                                              words) { waker_.Wake(words); },
              .hand_over_ephemeral =
                  options.hand_over_ephemeral != nullptr
                      ? std::move(options.hand_over_ephemeral)
                      : [this](AppserviceUid uid,
                               const EphemeralItems&
                                   items) { waker_.HandOver(uid, items); }})),
      ephemeral_(*stores_.ingest, applied_, clock_,
                 [this](AppserviceUid uid, EphemeralItems items) {
                   loop_->PostToOwner(uid, std::move(items));
                 }),
      leases_(options.leases,
              {.name = options.replica_name,
               .incarnation = matrix::RandomHexToken(),
               .grpc_address = ""},
              *stores_.leases, *loop_, waker_, clock_, metrics_,
              {.store_went_back =
                   [this] {
                     segments_.Clear();
                     ingest_.ForgetAll();
                   },
               .name_lost = options.name_lost}),
      ingest_({.registry_wait = absl::Milliseconds(50)}, *stores_.ingest,
              registry_, applied_, clock_, metrics_,
              {.committed =
                   [this](const IngestBatch& batch, bool saturated) {
                     ephemeral_.Committed(batch);
                     OfferToQueues(batch, saturated, clock_.Now(), segments_,
                                   *loop_);
                   },
               .commit_failed = [this] { leases_.OweWakes(); },
               .registry_applied =
                   [this](const AppliedRegistry&, bool may_have_gone) {
                     if (may_have_gone) loop_->LoseUnregistered();
                     leases_.Kick();
                   }}) {
  leases_.Start("127.0.0.1:1");
}

void PushProcess::SetRegistry(
    std::shared_ptr<const registry_watch::RegistrySnapshot> snapshot) {
  const int64_t revision = snapshot->revision();
  registry_.Set(std::move(snapshot));
  const absl::Status applied =
      applied_.AwaitRevision(revision, absl::Seconds(30));
  EXPECT_TRUE(applied.ok()) << applied;
}

absl::StatusOr<PublishResult> PushProcess::Publish(PublishBatch batch) {
  absl::Notification answered;
  absl::StatusOr<PublishResult> answer;
  ingest_.Publish(std::move(batch), [&](absl::StatusOr<PublishResult> result) {
    answer = std::move(result);
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

}  // namespace causeway::push
