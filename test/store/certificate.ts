/**
 * Of a Redis on this machine that vouches for itself: `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 * -subj /CN=redis.test -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const certificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBnTCCAUOgAwIBAgIUbsoMfthqrjbili/q8EEg5JNIS08wCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKcmVkaXMudGVzdDAgFw0yNjExMjQyMTI1MDFaGA8yMTI2MTAz
MTIxMjUwMVowFTETMBEGA1UEAwwKcmVkaXMudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABGyZzssZvOJX4f48EhHC0GJiRvu6dEKz8wgwup9iPkmaUp8THEOf
sNrR6pPfpaZI4fytDGt+x+vk8udvzvV5XKqjbzBtMB0GA1UdDgQWBBRdjSYZ6aMD
GXw2U0wTHqapId8gyzAfBgNVHSMEGDAWgBRdjSYZ6aMDGXw2U0wTHqapId8gyzAP
BgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAKBggq
hkjOPQQDAgNIADBFAiBgQPNpZZORxwBS+3eaXj+rNj+w0wrvxlFtpJhGqCcOqwIh
ANkrdjWYb2/jP5q+E42ntD/6mUueXZOOdhGqaildhrjx
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggJpyb8hDq6PqQKrX
Dv/evZw0iQ9SkX+Ytu643RCrn/ShRANCAARsmc7LGbziV+H+PBIRwtBiYkb7unRC
s/MIMLqfYj5JmlKfExxDn7Da0eqT36WmSOH8rQxrfsfr5PLnb871eVyq
-----END PRIVATE KEY-----`,
}
