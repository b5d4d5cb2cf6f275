#include "services/push_dispatcher/core/segment.h"

#include <lz4.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "services/shared/matrix/token.h"

namespace causeway::push {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kToDeviceBit = size_t{1} << 31;

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("segment: ", what));
}

void AppendLength(std::string& out, size_t length) {
  for (size_t byte = 0; byte < kLengthBytes; ++byte) {
    out.push_back(static_cast<char>(length >> (8 * byte) & 0xff));
  }
}

// With the bit, if it is set.
size_t ReadLength(absl::string_view raw, size_t index) {
  size_t length = 0;
  for (size_t byte = 0; byte < kLengthBytes; ++byte) {
    length |=
        size_t{static_cast<unsigned char>(raw[index * kLengthBytes + byte])}
        << (8 * byte);
  }
  return length;
}

int64_t ContentId(absl::string_view end_sha256, absl::string_view lengths) {
  const std::string hash = matrix::Sha256(absl::StrCat(end_sha256, lengths));
  uint64_t id = 0;
  for (size_t byte = 0; byte < sizeof(id); ++byte) {
    id |= uint64_t{static_cast<unsigned char>(hash[byte])} << (8 * byte);
  }
  return static_cast<int64_t>(id);
}

}  // namespace

bool Segment::is_to_device(size_t index) const {
  return (ReadLength(raw_, index) & kToDeviceBit) != 0;
}

Segment Segment::Of(absl::Span<const absl::string_view> records,
                    const EventSet& to_device) {
  size_t raw_bytes = records.size() * kLengthBytes;
  for (absl::string_view record : records) raw_bytes += record.size();
  std::string raw;
  raw.reserve(raw_bytes);
  for (size_t i = 0; i < records.size(); ++i) {
    AppendLength(
        raw, records[i].size() | (to_device.Contains(i) ? kToDeviceBit : 0));
  }
  std::vector<size_t> offsets;
  offsets.reserve(records.size() + 1);
  for (absl::string_view record : records) {
    offsets.push_back(raw.size());
    raw.append(record.data(), record.size());
  }
  offsets.push_back(raw.size());
  return Segment(std::move(raw), std::move(offsets));
}

EncodedSegment Segment::Encode(absl::string_view end_sha256) const {
  EncodedSegment encoded;
  encoded.content_id = ContentId(
      end_sha256,
      absl::string_view(raw_).substr(0, record_count() * kLengthBytes));
  encoded.record_count = static_cast<int32_t>(record_count());
  for (size_t i = 0; i < record_count(); ++i) {
    if (is_to_device(i)) encoded.format = kSegmentFormat;
  }
  encoded.raw_bytes = static_cast<int64_t>(raw_.size());
  const int raw_size = static_cast<int>(raw_.size());
  encoded.data.resize(static_cast<size_t>(LZ4_compressBound(raw_size)));
  const int data_bytes =
      LZ4_compress_default(raw_.data(), encoded.data.data(), raw_size,
                           static_cast<int>(encoded.data.size()));
  encoded.data.resize(static_cast<size_t>(data_bytes));
  encoded.data.shrink_to_fit();
  return encoded;
}

absl::StatusOr<Segment> Segment::Decode(const EncodedSegment& encoded) {
  if (encoded.format < kEventsSegmentFormat ||
      encoded.format > kSegmentFormat) {
    return Damaged(absl::StrCat("format ", encoded.format, " is unknown"));
  }
  if (encoded.record_count < 0 || encoded.raw_bytes < 0 ||
      encoded.raw_bytes > kSegmentRawBytesMax ||
      static_cast<int64_t>(kLengthBytes) * encoded.record_count >
          encoded.raw_bytes) {
    return Damaged("sizes make no sense");
  }
  std::string raw(static_cast<size_t>(encoded.raw_bytes), '\0');
  const int raw_bytes = LZ4_decompress_safe(
      encoded.data.data(), raw.data(), static_cast<int>(encoded.data.size()),
      static_cast<int>(raw.size()));
  if (raw_bytes != static_cast<int>(raw.size())) {
    return Damaged("doesn't decompress to its size");
  }
  const size_t record_count = static_cast<size_t>(encoded.record_count);
  std::vector<size_t> offsets;
  offsets.reserve(record_count + 1);
  offsets.push_back(record_count * kLengthBytes);
  const size_t length_bits =
      encoded.format == kEventsSegmentFormat ? ~size_t{0} : kToDeviceBit - 1;
  for (size_t i = 0; i < record_count; ++i) {
    offsets.push_back(offsets.back() + (ReadLength(raw, i) & length_bits));
  }
  if (offsets.back() != raw.size()) return Damaged("lengths don't add up");
  return Segment(std::move(raw), std::move(offsets));
}

}  // namespace causeway::push
