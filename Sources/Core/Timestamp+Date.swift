extension Timestamp {
  /// A date of the policy language, `2027-01-31` or `2027-01-31 09:00`, in UTC; `nil` for any other text.
  package init?(utcDate text: String) {
    guard text.utf8.count == 10 || text.utf8.count == 16 else { return nil }
    self.init(text.utf8.count == 10 ? text + "T00:00:00Z" : text + ":00Z")
  }
}
