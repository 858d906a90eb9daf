-- By model, which is the first part of a shape.
CREATE INDEX shape_prices_by_model ON shape_prices (json_extract(shape, '$[0]'), credits);
