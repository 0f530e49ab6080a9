#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* What Swift cannot see: macros, and the typed stacks that are made of them. */

static inline long gatehouse_ssl_set_server_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name);
}
static inline int gatehouse_certificates_count(const STACK_OF(X509) *list) { return sk_X509_num(list); }
static inline X509 *gatehouse_certificates_at(const STACK_OF(X509) *list, int index) {
  return sk_X509_value(list, index);
}
static inline GENERAL_NAMES *gatehouse_alternative_names(X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}
static inline void gatehouse_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }
static inline int gatehouse_names_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
/* The kind of a name (GEN_DNS, GEN_IPADD, …) and its bytes when it is one of these two, else NULL. */
static inline int gatehouse_name_at(
    const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *length) {
  GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  *bytes = NULL;
  *length = 0;
  if (name->type == GEN_DNS || name->type == GEN_IPADD) {
    const ASN1_STRING *text = name->type == GEN_DNS ? (const ASN1_STRING *)name->d.dNSName : name->d.iPAddress;
    *bytes = ASN1_STRING_get0_data(text);
    *length = ASN1_STRING_length(text);
  }
  return name->type;
}
static inline long gatehouse_memory_text(BIO *bio, const char **text) { return BIO_get_mem_data(bio, (char **)text); }
static inline EVP_MD_CTX *gatehouse_digest_context(void) { return EVP_MD_CTX_new(); }
/* RFC 2253, but UTF-8 left as it is. */
static inline int gatehouse_name_print(BIO *bio, const X509_NAME *name) {
  return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}
