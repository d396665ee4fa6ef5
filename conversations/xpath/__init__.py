"""XPath 1.0 with the ODK functions, compiled once to closures; semantics follow JavaRosa.

`compile_expression` is the door (see `conversations.xpath.compiler`); every refusal is an
`XPathError` that says what, and where in the expression.
"""
