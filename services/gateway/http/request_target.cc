#include "services/gateway/http/request_target.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/shared/matrix/errors.h"
#include "services/shared/matrix/percent_encoding.h"
#include "services/shared/status/status_macros.h"

namespace causeway::gateway {
namespace {

// "http://host:port/path?query" -> "/path?query".
// Source: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
absl::string_view StripAuthority(absl::string_view target) {
  for (absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const size_t path = target.find_first_of("/?");
    return path == absl::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

// "a=1&b=2&a=3", each part decoded on its own. A part without '=' is a name.
absl::Status ParseQuery(absl::string_view text, QueryParameters& query) {
  for (absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> raw =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    absl::StatusOr<std::string> name = matrix::DecodeQueryValue(raw.first);
    if (!name.ok()) {
      return matrix::InvalidParam("query", name.status().message());
    }
    absl::StatusOr<std::string> value = matrix::DecodeQueryValue(raw.second);
    if (!value.ok()) {
      return matrix::InvalidParam(*name, value.status().message());
    }
    query.Add(*std::move(name), *std::move(value));
  }
  return absl::OkStatus();
}

}  // namespace

void QueryParameters::Add(std::string name, std::string value) {
  parameters_.emplace_back(std::move(name), std::move(value));
}

std::optional<absl::string_view> QueryParameters::First(
    absl::string_view name) const {
  for (const auto& [parameter_name, value] : parameters_) {
    if (parameter_name == name) return value;
  }
  return std::nullopt;
}

absl::string_view QueryParameters::FirstOrEmpty(absl::string_view name) const {
  return First(name).value_or(absl::string_view());
}

std::vector<absl::string_view> QueryParameters::All(
    absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (const auto& [parameter_name, value] : parameters_) {
    if (parameter_name == name) values.push_back(value);
  }
  return values;
}

absl::StatusOr<RequestTarget> ParseRequestTarget(absl::string_view target) {
  RequestTarget parsed;
  if (target == "*") return parsed;
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(StripAuthority(target), absl::MaxSplits('?', 1));
  absl::string_view path = halves.first;
  if (!absl::ConsumePrefix(&path, "/") && !path.empty()) {
    return matrix::InvalidParam("path", "it must begin with '/'");
  }
  for (absl::string_view raw : absl::StrSplit(path, '/')) {
    absl::StatusOr<std::string> segment = matrix::DecodePathSegment(raw);
    if (!segment.ok()) {
      return matrix::InvalidParam(
          absl::StrCat("path segment ", parsed.segments.size() + 1),
          segment.status().message());
    }
    parsed.segments.push_back(*std::move(segment));
  }
  CAUSEWAY_RETURN_IF_ERROR(ParseQuery(halves.second, parsed.query));
  return parsed;
}

}  // namespace causeway::gateway
