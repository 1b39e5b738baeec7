"""A small GAN that paints soft grounds in any palette: trained in TensorFlow (`train`), used in NumPy (`painter`). Experimental."""
