import Testing

@testable import Evidence

@Suite struct PackageURLMakingTests {
  @Test(arguments: [
    ("npm", "lodash", "4.17.21", "pkg:npm/lodash@4.17.21"),
    ("yarn", "@angular/core", "12.0.0", "pkg:npm/%40angular/core@12.0.0"),
    ("PyPI", "Django_Thing", "1.0", "pkg:pypi/django-thing@1.0"),
    (
      "Go", "github.com/Docker/distribution", "2.7.1+incompatible",
      "pkg:golang/github.com/docker/distribution@v2.7.1%2Bincompatible"
    ),
    ("gomod", "golang.org/x/text", "v0.3.6", "pkg:golang/golang.org/x/text@v0.3.6"),
    ("golang", "stdlib", "1.20", "pkg:golang/stdlib@1.20"),
    ("maven", "org.apache.santuario:xmlsec", "2.1.1", "pkg:maven/org.apache.santuario/xmlsec@2.1.1"),
    ("RUST", "quinn-proto", nil, "pkg:cargo/quinn-proto"),
    ("Packagist", "Vendor/Name", "", "pkg:composer/vendor/name"),
    ("bundler", "rails", "7.0 beta", "pkg:gem/rails@7.0%20beta"),
  ])
  func `a package of a known ecosystem has a URL`(ecosystem: String, name: String, version: String?, url: String) {
    let made = PackageURL.make(ecosystem: ecosystem, name: name, version: version)
    #expect(made == url)
    #expect(made.flatMap { PackageURL($0) } != nil)
  }

  @Test(arguments: [
    ("Debian:12", "openssl"), ("", "x"), ("npm", ""), ("npm", "a/b"), ("npm", "@scope"), ("maven", "xmlsec"),
    ("go", "a//b"), ("maven", "a:b:c"), ("swift", "x"),
  ])
  func `what is not certain has none`(ecosystem: String, name: String) {
    #expect(PackageURL.make(ecosystem: ecosystem, name: name, version: "1") == nil)
  }
}
