#include "services/query_proxy/appservice_examiner.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/shared/appservice_client/awaitable_send.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/utf8.h"
#include "services/shared/registry_watch/registry_snapshot.h"
#include "services/shared/status/status_macros.h"

namespace causeway::query {
namespace {

using appservice_client::AppserviceRequest;
using appservice_client::AppserviceResponse;
using appservice_client::Dialect;
using appservice_client::Route;
using appservice_client::Step;
using registry_watch::Registration;
using Verdict = ExaminedFinding::Verdict;

ExaminedFinding& At(Examination& examination, ExaminedStep step) {
  return examination[static_cast<size_t>(step)];
}

void Set(Examination& examination, ExaminedStep step, Verdict verdict,
         std::string detail = "") {
  At(examination, step) = {verdict, std::move(detail)};
}

ExaminedStep ToExamined(Step step) {
  switch (step) {
    case Step::kName:
      return ExaminedStep::kName;
    case Step::kAddress:
      return ExaminedStep::kAddress;
    case Step::kConnection:
      return ExaminedStep::kConnection;
    case Step::kTls:
      return ExaminedStep::kTls;
    case Step::kAnswer:
      return ExaminedStep::kAnswer;
  }
  return ExaminedStep::kAnswer;
}

// All steps from the name on that come before `reached` went well.
void SetWellBefore(ExaminedStep reached, bool is_https,
                   Examination& examination) {
  for (size_t i = static_cast<size_t>(ExaminedStep::kName);
       i < static_cast<size_t>(reached); ++i) {
    examination[i] = {Verdict::kWell, ""};
  }
  if (!is_https && reached > ExaminedStep::kTls) {
    Set(examination, ExaminedStep::kTls, Verdict::kNotTried, "plain http");
  }
}

void JudgeFailure(const absl::Status& status, bool is_https,
                  Examination& examination) {
  const std::optional<Step> failed = appservice_client::FailedStep(status);
  const ExaminedStep step =
      failed.has_value() ? ToExamined(*failed) : ExaminedStep::kUrl;
  SetWellBefore(step, is_https, examination);
  Set(examination, step, Verdict::kIll, std::string(status.message()));
}

bool RefusesToken(int http_status) {
  return http_status == 401 || http_status == 403;
}

std::string HttpStatus(int http_status) {
  return absl::StrCat("HTTP ", http_status);
}

// False when there is nothing behind it to judge.
bool JudgeAnswer(const AppserviceResponse& response, bool is_https,
                 Examination& examination) {
  SetWellBefore(ExaminedStep::kAnswer, is_https, examination);
  // 501 is said of a method that isn't there, as by Python's http.server of any
  // POST: a service of the draft knows none.
  const bool is_broken =
      response.http_status >= 500 && response.http_status != 501;
  Set(examination, ExaminedStep::kAnswer,
      is_broken ? Verdict::kIll : Verdict::kWell,
      HttpStatus(response.http_status));
  if (is_broken) return false;
  const bool refused = RefusesToken(response.http_status);
  Set(examination, ExaminedStep::kToken,
      refused ? Verdict::kIll : Verdict::kWell,
      refused ? HttpStatus(response.http_status) : "");
  return !refused;
}

std::string Name(Dialect dialect) {
  return dialect == Dialect::kDraft ? "the draft's" : "v1";
}

// What came of asking for its own user, where it has no pings.
void JudgeDialect(const AppserviceResponse& response, Dialect registered,
                  Examination& examination) {
  const int status = response.http_status;
  const bool knows = (status >= 200 && status < 300) || status == 404;
  std::string detail =
      absl::StrCat("registered as ", Name(registered), ", answers ",
                   Name(response.path_dialect), ", without pings");
  if (!knows) absl::StrAppend(&detail, ": ", HttpStatus(status));
  Set(examination, ExaminedStep::kDialect,
      knows ? Verdict::kWell : Verdict::kIll, std::move(detail));
}

}  // namespace

AppserviceExaminer::AppserviceExaminer(
    Options options, appservice_client::AppserviceClient& client,
    const registry_watch::LatestSnapshot& registry,
    const registry_watch::RequestMaker& requests, const Clock& clock)
    : options_(options),
      client_(client),
      registry_(registry),
      requests_(requests),
      clock_(clock),
      limit_(options.limit) {}

boost::asio::awaitable<AppserviceExaminer::Answer> AppserviceExaminer::Ask(
    AppserviceRequest request) const {
  const absl::Duration begin = clock_.MonotonicNow();
  absl::StatusOr<AppserviceResponse> response =
      co_await appservice_client::Send(client_, std::move(request));
  co_return Answer{std::move(response), clock_.MonotonicNow() - begin};
}

void AppserviceExaminer::JudgeTime(const AppserviceResponse& response,
                                   absl::Duration elapsed,
                                   Examination& examination) const {
  Set(examination, ExaminedStep::kRoundTrip,
      elapsed <= options_.round_trip_max ? Verdict::kWell : Verdict::kIll,
      absl::StrCat(absl::ToInt64Milliseconds(elapsed), " ms"));
  if (response.date == absl::InfinitePast()) {
    Set(examination, ExaminedStep::kClock, Verdict::kNotTried,
        "it does not tell the time");
    return;
  }
  const absl::Duration ahead = response.date - clock_.Now();
  const bool is_close =
      absl::AbsDuration(ahead) <= options_.clock_difference_max;
  Set(examination, ExaminedStep::kClock,
      is_close ? Verdict::kWell : Verdict::kIll,
      is_close ? ""
               : absl::StrCat(absl::ToInt64Seconds(absl::AbsDuration(ahead)),
                              ahead > absl::ZeroDuration() ? " s ahead of ours"
                                                           : " s behind ours"));
}

boost::asio::awaitable<absl::StatusOr<Examination>> AppserviceExaminer::Examine(
    std::string appservice_id, std::string request_id,
    absl::Duration patience) {
  const auto snapshot = registry_.Snapshot();
  const Registration* registration = snapshot->FindById(appservice_id);
  if (registration == nullptr) {
    co_return matrix::NotFound(
        absl::StrCat("application service ", matrix::Quote(appservice_id)));
  }
  Examination examination;
  if (registration->url.empty()) {
    Set(examination, ExaminedStep::kUrl, Verdict::kNotTried,
        "it has none: it wants no traffic");
    co_return examination;
  }
  std::vector<std::string> asked = {registration->uid};
  const std::optional<InFlightLimit::Admission> admission =
      limit_.Admit(std::move(asked));
  if (!admission.has_value()) {
    co_return matrix::LimitExceeded("too many are being diagnosed",
                                    absl::Seconds(1));
  }
  Set(examination, ExaminedStep::kUrl, Verdict::kWell, registration->url);
  const bool is_https = absl::StartsWithIgnoreCase(registration->url, "https:");
  absl::StatusOr<AppserviceRequest> made = requests_.Make(*registration);
  if (!made.ok()) {
    Set(examination, ExaminedStep::kToken, Verdict::kIll,
        std::string(made.status().message()));
    co_return examination;
  }
  client_.ForgetPaths(registration->uid);
  AppserviceRequest ping = *made;
  ping.dialect = Dialect::kV1;
  ping.route = Route::kPing;
  ping.body = std::make_shared<const std::string>("{}");
  ping.timeout = std::min(patience / 2, options_.timeout);
  ping.request_id = request_id;
  Answer answer = co_await Ask(std::move(ping));
  if (!answer.response.ok()) {
    JudgeFailure(answer.response.status(), is_https, examination);
    co_return examination;
  }
  JudgeTime(*answer.response, answer.elapsed, examination);
  if (!JudgeAnswer(*answer.response, is_https, examination)) {
    co_return examination;
  }
  if (answer.response->http_status < 300) {
    Set(examination, ExaminedStep::kDialect, Verdict::kWell,
        absl::StrCat("registered as ", Name(registration->dialect),
                     ", answers pings"));
    co_return examination;
  }
  // It has no pings, so its answer says nothing of the token either.
  AppserviceRequest question = *std::move(made);
  question.route = Route::kUsers;
  question.id = absl::StrCat("@", registration->sender_localpart, ":",
                             snapshot->server_name());
  question.timeout = std::min(patience / 2, options_.timeout);
  question.request_id = std::move(request_id);
  answer = co_await Ask(std::move(question));
  if (!answer.response.ok()) {
    At(examination, ExaminedStep::kToken) = {};
    JudgeFailure(answer.response.status(), is_https, examination);
    co_return examination;
  }
  if (JudgeAnswer(*answer.response, is_https, examination)) {
    JudgeDialect(*answer.response, registration->dialect, examination);
  }
  co_return examination;
}

}  // namespace causeway::query
