#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
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

/* HKDF with SHA-256, extract and expand. An empty salt is left out, which is the same (RFC 5869, section 2.2). */
static inline int gatehouse_hkdf_sha256(
    const unsigned char *key, size_t key_length, const unsigned char *salt, size_t salt_length,
    const unsigned char *info, size_t info_length, unsigned char *out, size_t length) {
  OSSL_PARAM parameters[5];
  OSSL_PARAM *next = parameters;
  *next++ = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0);
  *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)key, key_length);
  if (salt_length > 0) *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, salt_length);
  *next++ = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, info_length);
  *next = OSSL_PARAM_construct_end();
  EVP_KDF *kind = EVP_KDF_fetch(NULL, "HKDF", NULL);
  EVP_KDF_CTX *context = kind == NULL ? NULL : EVP_KDF_CTX_new(kind);
  int result = context == NULL ? 0 : EVP_KDF_derive(context, out, length, parameters);
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kind);
  return result;
}

/* Public keys from their parts, and signatures from theirs: OpenSSL 3 takes both through lists of parameters that are
   built by macros. Each answers NULL, or 0, for parts that make none. */
static inline EVP_PKEY *gatehouse_key_from(const char *kind, OSSL_PARAM *parameters) {
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
  if (context != NULL && EVP_PKEY_fromdata_init(context) == 1 &&
      EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    key = NULL;
  EVP_PKEY_CTX_free(context);
  return key;
}
static inline EVP_PKEY *gatehouse_curve_key(const char *curve, const unsigned char *point, size_t length) {
  OSSL_PARAM parameters[3];
  parameters[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)curve, 0);
  parameters[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point, length);
  parameters[2] = OSSL_PARAM_construct_end();
  return gatehouse_key_from("EC", parameters);
}
static inline EVP_PKEY *gatehouse_rsa_key(
    const unsigned char *modulus, int modulus_length, const unsigned char *exponent, int exponent_length) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *parameters = NULL;
  OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
  BIGNUM *n = BN_bin2bn(modulus, modulus_length, NULL);
  BIGNUM *e = BN_bin2bn(exponent, exponent_length, NULL);
  if (builder != NULL && n != NULL && e != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
      (parameters = OSSL_PARAM_BLD_to_param(builder)) != NULL)
    key = gatehouse_key_from("RSA", parameters);
  OSSL_PARAM_free(parameters);
  BN_free(e);
  BN_free(n);
  OSSL_PARAM_BLD_free(builder);
  return key;
}
/* The DER form of an ECDSA signature, written into `out`; its length, or 0. */
static inline int gatehouse_ecdsa_signature(
    const unsigned char *r, int r_length, const unsigned char *s, int s_length, unsigned char *out, int capacity) {
  int length = 0;
  BIGNUM *first = BN_bin2bn(r, r_length, NULL);
  BIGNUM *second = BN_bin2bn(s, s_length, NULL);
  ECDSA_SIG *signature = ECDSA_SIG_new();
  if (first != NULL && second != NULL && signature != NULL && ECDSA_SIG_set0(signature, first, second) == 1) {
    first = second = NULL;
    if (i2d_ECDSA_SIG(signature, NULL) <= capacity) length = i2d_ECDSA_SIG(signature, &out);
  }
  ECDSA_SIG_free(signature);
  BN_free(second);
  BN_free(first);
  return length > 0 ? length : 0;
}

/* Keys as text and back. Nobody is asked for a passphrase, as OpenSSL would do at the terminal: a key that needs one
   makes none. */
static inline int gatehouse_no_passphrase(char *buffer, int size, int is_writing, void *data) {
  (void)buffer, (void)size, (void)is_writing, (void)data;
  return -1;
}
static inline EVP_PKEY *gatehouse_public_pem(const unsigned char *text, int length) {
  BIO *bio = BIO_new_mem_buf(text, length);
  EVP_PKEY *key = bio != NULL ? PEM_read_bio_PUBKEY(bio, NULL, gatehouse_no_passphrase, NULL) : NULL;
  BIO_free(bio);
  return key;
}
static inline EVP_PKEY *gatehouse_private_pem(const unsigned char *text, int length) {
  BIO *bio = BIO_new_mem_buf(text, length);
  EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, gatehouse_no_passphrase, NULL) : NULL;
  BIO_free(bio);
  return key;
}
static inline EVP_PKEY *gatehouse_public_der(const unsigned char *bytes, long length) {
  const unsigned char *end = bytes;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &end, length);
  if (key != NULL && end != bytes + length) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  return key;
}
/* The SubjectPublicKeyInfo, a point uncompressed so that one key has one form; its length, or 0. */
static inline int gatehouse_key_info(EVP_PKEY *key, unsigned char *out, int capacity) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
      EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed") != 1)
    return 0;
  int length = i2d_PUBKEY(key, NULL);
  if (length <= 0 || length > capacity) return 0;
  return i2d_PUBKEY(key, &out);
}
