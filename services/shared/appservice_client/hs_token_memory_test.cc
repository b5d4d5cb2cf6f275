#include "services/shared/appservice_client/hs_token_memory.h"

#include <gtest/gtest.h>

#include <string>

#include "services/shared/appservice_client/appservice_client.h"

namespace causeway::appservice_client {
namespace {

// An application service that takes one token.
struct Appservice {
  std::string uid;
  std::string hs_token;

  int Answer(const AppserviceRequest& request) const {
    return request.hs_token == hs_token ? 200 : 403;
  }
};

class HsTokenMemoryTest : public ::testing::Test {
 protected:
  AppserviceRequest RequestTo(const Appservice& appservice) {
    AppserviceRequest request;
    request.appservice_uid = appservice.uid;
    request.hs_token = "new";
    request.previous_hs_token = "old";
    memory_.Choose(request);
    return request;
  }
  // How often a request is sent.
  int Send(const Appservice& appservice) {
    AppserviceRequest request = RequestTo(appservice);
    bool has_swapped = false;
    int sent_count = 1;
    while (memory_.SwapIfRefused(request, appservice.Answer(request),
                                 has_swapped)) {
      ++sent_count;
    }
    return sent_count;
  }

  HsTokenMemory memory_;
};

TEST_F(HsTokenMemoryTest, TheOneThatIsTakenGoesFirst) {
  Appservice appservice = {"7", "old"};
  EXPECT_EQ(Send(appservice), 2);
  EXPECT_EQ(Send(appservice), 1);
  EXPECT_EQ(RequestTo({"8", "old"}).hs_token, "new");  // It is another's.
  appservice.hs_token = "new";
  EXPECT_EQ(Send(appservice), 2);
  EXPECT_EQ(Send(appservice), 1);
}

TEST_F(HsTokenMemoryTest, WhoTakesNoneTeachesNothing) {
  const Appservice appservice = {"7", "another"};
  EXPECT_EQ(Send(appservice), 2);
  EXPECT_EQ(RequestTo(appservice).hs_token, "new");
}

TEST_F(HsTokenMemoryTest, AnotherFailureIsNoRefusal) {
  AppserviceRequest request = RequestTo({"7", "new"});
  bool has_swapped = false;
  EXPECT_FALSE(memory_.SwapIfRefused(request, 404, has_swapped));
  EXPECT_EQ(request.hs_token, "new");
}

TEST_F(HsTokenMemoryTest, WhereThereIsOneNothingIsSwapped) {
  AppserviceRequest request;
  request.appservice_uid = "7";
  request.hs_token = "only";
  bool has_swapped = false;
  EXPECT_FALSE(memory_.SwapIfRefused(request, 403, has_swapped));
  EXPECT_EQ(request.hs_token, "only");
}

}  // namespace
}  // namespace causeway::appservice_client
