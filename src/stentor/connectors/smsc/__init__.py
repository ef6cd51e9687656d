"""Links to SMSCs over SMPP 3.4, client side."""
