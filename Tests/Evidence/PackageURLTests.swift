import Testing

@testable import Evidence

@Suite struct PackageURLTests {
  @Test(
    arguments: [
      ("pkg:npm/lodash@4.17.20", "npm", nil, "lodash", "4.17.20"),
      ("pkg:npm/%40angular/core@1.0", "npm", "@angular", "core", "1.0"),
      ("pkg:npm/@angular/core@1.0", "npm", "@angular", "core", "1.0"),
      ("pkg:npm/@angular/core", "npm", "@angular", "core", nil),
      ("PKG://Maven/org.Example/Lib@1", "maven", "org.Example", "Lib", "1"),
      (
        "pkg:golang/github.com/Docker/distribution@v2.7.1%2Bincompatible", "golang", "github.com/docker",
        "distribution",
        "v2.7.1+incompatible"
      ),
      ("pkg:pypi/Foo_Bar@1", "pypi", nil, "foo-bar", "1"),
      ("pkg:oci/nginx@sha256%3A13d2?repository_url=docker.io/x", "oci", nil, "nginx", "sha256:13d2"),
    ] as [(String, String, String?, String, String?)])
  func `a package URL is taken apart`(text: String, type: String, namespace: String?, name: String, version: String?)
    throws
  {
    let url = try #require(PackageURL(text))
    #expect(url.type == type && url.namespace == namespace && url.name == name && url.version == version)
  }

  @Test(arguments: [
    "", "pkg:", "pkg:npm", "pkg:npm/", "npm/lodash", "pkg:np m/a", "pkg:npm/%4", "pkg:npm/%ff",
    "pkg:npm/a?x", "pkg:npm/a?x=1&x=2", "pkg:/a",
  ])
  func `what is no package URL is none`(text: String) { #expect(PackageURL(text) == nil) }

  @Test(arguments: [
    ("pkg:npm/a@1", "pkg:npm/a@1", PackageURL.Coverage.covers(isBroad: false)),
    ("pkg:npm/a", "pkg:npm/a@1", .covers(isBroad: true)),
    ("pkg:npm/a@1", "pkg:npm/a@2", .differs), ("pkg:npm/a@1", "pkg:pypi/a@1", .differs),
    ("pkg:npm/%40s/a@1", "pkg:npm/a@1", .differs), ("pkg:npm/a@1", "pkg:npm/a@1.0", .differs),
    ("pkg:npm/a@1", "pkg:npm/a", .unclear("the report does not say which version it found")),
    ("pkg:apk/w/git@1?arch=x86_64", "pkg:apk/w/git@1?arch=x86_64&distro=w", .covers(isBroad: false)),
    ("pkg:apk/w/git@1?arch=x86_64", "pkg:apk/w/git@1?arch=armv7", .differs),
    ("pkg:apk/w/git@1?arch=x86_64", "pkg:apk/w/git@1", .unclear("the report does not say its arch")),
    ("pkg:apk/w/git@1?arch=x86_64", "pkg:apk/w/git@2", .differs),
    ("pkg:golang/x/y@1#sub", "pkg:golang/x/y@1", .differs),
    ("pkg:golang/x/y@1", "pkg:golang/x/y@1#sub", .covers(isBroad: false)),
  ])
  func `a statement covers what it names and nothing else`(
    statement: String, report: String, expected: PackageURL.Coverage
  ) throws {
    #expect(try #require(PackageURL(statement)).coverage(of: #require(PackageURL(report))) == expected)
  }
}
