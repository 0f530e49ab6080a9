#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

/* What Swift cannot see: functions with variable arguments, and the union in CURLMsg. */

static inline CURLcode gatehouse_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gatehouse_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gatehouse_curl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gatehouse_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode gatehouse_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}
typedef size_t (*gatehouse_curl_data_callback)(char *, size_t, size_t, void *);
static inline CURLcode gatehouse_curl_set_data_callback(
    CURL *easy, CURLoption option, gatehouse_curl_data_callback callback) {
  return curl_easy_setopt(easy, option, callback);
}
typedef int (*gatehouse_curl_seek_callback)(void *, curl_off_t, int);
static inline CURLcode gatehouse_curl_set_seek_callback(CURL *easy, gatehouse_curl_seek_callback callback) {
  return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, callback);
}
static inline CURLcode gatehouse_curl_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode gatehouse_curl_get_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode gatehouse_curl_get_text(CURL *easy, CURLINFO info, const char **value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode gatehouse_curl_message_result(const CURLMsg *message) { return message->data.result; }
static inline const char *gatehouse_curl_version(void) { return curl_version_info(CURLVERSION_NOW)->version; }
