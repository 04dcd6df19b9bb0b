"""Which vectors are alike: pairs over a threshold, exactly or nearly all, and who is connected."""
