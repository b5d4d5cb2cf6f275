// One HTTP request and its answer on a curl handle, for
// curl_appservice_client.cc.
#ifndef CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HTTP_EXCHANGE_H_
#define CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HTTP_EXCHANGE_H_

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/shared/appservice_client/answer_budget.h"
#include "services/shared/appservice_client/appservice_client.h"
#include "services/shared/appservice_client/curl_handles.h"
#include "services/shared/appservice_client/failed_step.h"
#include "services/shared/appservice_client/routes.h"

namespace causeway::appservice_client {

// Of an answer's status line and header fields.
inline constexpr size_t kAnswerHeaderBytesMax = 64 << 10;

// Stays where it is: curl holds its address. Used by one thread.
class HttpExchange {
 public:
  struct Options {
    std::string user_agent;
    std::string ca_file;       // Empty means the system's.
    std::string ca_directory;  // As in CurlAppserviceClient::Options.
    absl::Duration connect_timeout;
    bool private_addresses_allowed;  // If the request says so too.
    std::shared_ptr<AnswerBudget> answer_budget;
  };

  // `request` must outlive the exchange.
  HttpExchange(const Options& options, CurlHandles::Handle handle,
               const AppserviceRequest& request, const Target& target,
               absl::Duration timeout);
  ~HttpExchange();

  HttpExchange(const HttpExchange&) = delete;
  HttpExchange& operator=(const HttpExchange&) = delete;

  // To be given to a multi handle, and taken back before this is destroyed.
  CURL* handle() const { return handle_.get(); }

  // The outcome, once curl is done with the handle. Errors as
  // AppserviceClient::Callback. Leaves `path_dialect` as it is by default.
  absl::StatusOr<AppserviceResponse> Finish(CURLcode result);

 private:
  void SetRequest(const Options& options, const Target& target);
  void SetLimits(const Options& options, absl::Duration timeout);
  void SetTrust(const Options& options);
  void AddHeader(absl::string_view name, absl::string_view value);
  bool IsAllowed(absl::string_view address);
  int HttpStatus() const;  // Of the head that came last; 0: none.
  // Of an answer that is longer the beginning will do.
  bool MayBeCut() const;
  size_t AnswerBytesMax() const;
  bool TakeRoom(size_t bytes);  // For so much more of a body.
  absl::Status MakeStatus(absl::StatusCode code, absl::string_view why,
                          Step step) const;
  // How far a transfer came that has ended so.
  Step StepOf(CURLcode result) const;
  void NoteDate(absl::string_view line);

  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static curl_socket_t OnOpenSocket(void* self, curlsocktype purpose,
                                    curl_sockaddr* address);
  static int OnConnected(void* self, char* remote_ip, char* local_ip,
                         int remote_port, int local_port);

  const AppserviceRequest& request_;
  const bool private_addresses_allowed_;
  const std::shared_ptr<AnswerBudget> answer_budget_;
  const CurlHandles::Handle handle_;
  curl_slist* headers_ = nullptr;
  AppserviceResponse response_;
  size_t header_bytes_ = 0;
  bool is_connected_ = false;
  bool is_head_complete_ = false;
  bool is_body_cut_ = false;
  bool has_no_room_ = false;
  std::shared_ptr<AnswerBudget::Share> budget_share_;  // Null: of nothing yet.
  std::string refused_address_;                        // Empty unless one was.
  char error_text_[CURL_ERROR_SIZE] = "";
};

}  // namespace causeway::appservice_client

#endif  // CAUSEWAY_SERVICES_SHARED_APPSERVICE_CLIENT_HTTP_EXCHANGE_H_
